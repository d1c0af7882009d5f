/* What a compiled module refers to outside itself, found by walking the final bytecode of all its functions.
 * Included after quickjs.c, for it reads the engine's internal structures. The lines are explained in bytecode.h. */

struct references {
    JSContext *ctx;
    DynBuf *report;
    JSAtom global_names[3];    /* globalThis, self, global */
    JSAtom pattern_methods[3]; /* match, matchAll, search */
    uint8_t *reported;         /* by atom: names of the language that have been told once */
    uint8_t *words;            /* by atom: likewise for `word` lines */
    bool escaped;
};

/* Position of the instruction at hand. The table is a list of differences, so it is read once, beside the code. */
struct line_cursor {
    const uint8_t *next, *end;
    uint32_t pc; /* from here on the next_* values hold */
    int line, column, next_line, next_column;
};

static void line_cursor_step(struct line_cursor *c)
{
    c->line = c->next_line;
    c->column = c->next_column;
    if (c->next >= c->end) {
        c->pc = UINT32_MAX;
        return;
    }
    uint8_t op = *c->next++;
    uint32_t pc_delta = 0;
    int32_t delta = 0;
    if (op == 0) {
        c->next += get_leb128(&pc_delta, c->next, c->end);
        c->next += get_sleb128(&delta, c->next, c->end);
    } else {
        pc_delta = (op - PC2LINE_OP_FIRST) / PC2LINE_RANGE;
        delta = (op - PC2LINE_OP_FIRST) % PC2LINE_RANGE + PC2LINE_BASE;
    }
    c->pc += pc_delta;
    c->next_line += delta;
    c->next += get_sleb128(&delta, c->next, c->end);
    c->next_column += delta;
}

static void line_cursor_init(struct line_cursor *c, const JSFunctionBytecode *b)
{
    *c = (struct line_cursor){
        .next = b->pc2line_buf,
        .end = b->pc2line_buf + b->pc2line_len,
        .next_line = b->line_num,
        .next_column = b->col_num,
    };
    line_cursor_step(c);
}

static void line_cursor_seek(struct line_cursor *c, uint32_t pc)
{
    while (c->pc <= pc)
        line_cursor_step(c);
}

static void references_init(struct references *r, JSContext *ctx, DynBuf *report)
{
    static const char *const names[] = {"globalThis", "self", "global"};
    static const char *const methods[] = {"match", "matchAll", "search"};
    *r = (struct references){.ctx = ctx, .report = report};
    for (size_t i = 0; i < countof(methods); i++)
        r->pattern_methods[i] = JS_NewAtom(ctx, methods[i]);
    for (size_t i = 0; i < countof(names); i++)
        r->global_names[i] = JS_NewAtom(ctx, names[i]);
    r->reported = calloc(1, ctx->rt->atom_size);
    r->words = calloc(1, ctx->rt->atom_size);
}

/* Symbols and private names are no strings; a tab or a line feed cannot be part of a name that a global has. */
static const char *reportable_name(JSContext *ctx, JSAtom atom)
{
    if (__JS_AtomIsTaggedInt(atom) || JS_AtomGetKind(ctx, atom) != JS_ATOM_KIND_STRING)
        return NULL;
    const char *name = JS_AtomToCString(ctx, atom);
    return name && !strpbrk(name, "\t\n\r") ? name : NULL;
}

static void report_use(struct references *r, const char *kind, JSAtom atom, const struct line_cursor *at)
{
    const char *name = reportable_name(r->ctx, atom);
    if (name)
        dbuf_printf(r->report, "%s\t%s\t%d\t%d\n", kind, name, at->line, at->column);
}

static bool is_global_object(const struct references *r, JSAtom atom)
{
    for (size_t i = 0; i < countof(r->global_names); i++)
        if (r->global_names[i] == atom)
            return true;
    return false;
}

static void report_global(struct references *r, const char *kind, JSAtom atom, const struct line_cursor *at)
{
    if (!is_global_object(r, atom) && find_own_property1(JS_VALUE_GET_OBJ(r->ctx->global_obj), atom)) {
        if (r->reported[atom])
            return;
        r->reported[atom] = 1;
    }
    report_use(r, kind, atom, at);
}

/* How many values the instruction takes off the stack, arguments included. */
static int popped_values(const uint8_t *code)
{
    const JSOpCode *op = &short_opcode_info(*code);
    switch (op->fmt) {
    case OP_FMT_npop:
    case OP_FMT_npop_u16:
        return op->n_pop + get_u16(code + 1);
    case OP_FMT_npopx:
        return op->n_pop + (*code - OP_call0);
    default:
        return op->n_pop;
    }
}

static bool leaves_straight_line(uint8_t op)
{
    switch (op) {
    case OP_goto:
    case OP_goto8:
    case OP_goto16:
    case OP_gosub:
    case OP_catch:
    case OP_return:
    case OP_return_undef:
    case OP_return_async:
    case OP_throw:
    case OP_throw_error:
    case OP_ret:
        return true;
    default:
        return false;
    }
}

/* The global object has just been pushed: follows it along straight code to the instruction that takes it. Reading or
 * assigning a property by name is told by that name, anything else (an alias, an argument, a computed name) escapes. */
static void follow_global_object(struct references *r, const JSFunctionBytecode *b, int pos, JSAtom global,
                                 const struct line_cursor *at)
{
    int depth = 1;
    while (pos < b->byte_code_len) {
        const uint8_t *code = b->byte_code_buf + pos;
        const JSOpCode *op = &short_opcode_info(*code);
        int popped = popped_values(code);
        if (popped >= depth) {
            if (depth == 1 && (*code == OP_get_field || *code == OP_get_field2)) {
                report_use(r, "property", get_u32(code + 1), at);
                return;
            }
            if (depth == 2 && *code == OP_put_field) {
                report_use(r, "define", get_u32(code + 1), at);
                return;
            }
            if (*code == OP_drop)
                return;
            break;
        }
        if (leaves_straight_line(*code))
            break;
        depth += op->n_push - popped;
        pos += op->size;
    }
    r->escaped = true;
    report_use(r, "escape", global, at);
}

/* Methods of strings that make a RegExp of another string. Any object's of that name count: better one module too many.
 */
static bool is_pattern_method(const struct references *r, JSAtom atom)
{
    for (size_t i = 0; i < countof(r->pattern_methods); i++)
        if (r->pattern_methods[i] == atom)
            return true;
    return false;
}

static void note_instruction(struct references *r, const JSFunctionBytecode *b, int pos, struct line_cursor *at)
{
    const uint8_t *code = b->byte_code_buf + pos;
    JSAtom atom;
    switch (*code) {
    case OP_get_var:
        line_cursor_seek(at, pos);
        atom = get_u32(code + 1);
        report_global(r, "read", atom, at);
        if (is_global_object(r, atom))
            follow_global_object(r, b, pos + short_opcode_info(OP_get_var).size, atom, at);
        break;
    case OP_regexp: /* a literal uses the class without naming it */
        line_cursor_seek(at, pos);
        report_global(r, "read", JS_ATOM_RegExp, at);
        break;
    case OP_get_field:
    case OP_get_field2:
        if (is_pattern_method(r, get_u32(code + 1))) {
            line_cursor_seek(at, pos);
            report_global(r, "read", JS_ATOM_RegExp, at);
        }
        break;
    case OP_get_var_undef:
        line_cursor_seek(at, pos);
        report_global(r, "typeof", get_u32(code + 1), at);
        break;
    case OP_put_var:
    case OP_put_var_init:
    case OP_make_var_ref:
    case OP_delete_var:
        line_cursor_seek(at, pos);
        report_global(r, "write", get_u32(code + 1), at);
        break;
    }
}

static bool has_atom_operand(uint8_t op)
{
    switch (short_opcode_info(op).fmt) {
    case OP_FMT_atom:
    case OP_FMT_atom_u8:
    case OP_FMT_atom_u16:
    case OP_FMT_atom_label_u8:
    case OP_FMT_atom_label_u16:
        return true;
    default:
        return false;
    }
}

static void note_word(struct references *r, const uint8_t *code)
{
    if (!has_atom_operand(*code))
        return;
    JSAtom atom = get_u32(code + 1);
    const char *name = reportable_name(r->ctx, atom);
    if (!name || r->words[atom])
        return;
    r->words[atom] = 1;
    dbuf_printf(r->report, "word\t%s\n", name);
}

/* Calls itself for nested functions; the parser's own recursion bounds the depth. */
static void note_function(struct references *r, const JSFunctionBytecode *b, bool words)
{
    struct line_cursor at;
    line_cursor_init(&at, b);
    for (int pos = 0; pos < b->byte_code_len; pos += short_opcode_info(b->byte_code_buf[pos]).size) {
        if (words)
            note_word(r, b->byte_code_buf + pos);
        else
            note_instruction(r, b, pos, &at);
    }
    for (int i = 0; i < b->cpool_count; i++)
        if (JS_VALUE_GET_TAG(b->cpool[i]) == JS_TAG_FUNCTION_BYTECODE)
            note_function(r, JS_VALUE_GET_PTR(b->cpool[i]), words);
}

static void report_imports(JSContext *ctx, const JSModuleDef *module, DynBuf *report)
{
    for (int i = 0; i < module->req_module_entries_count; i++) {
        const char *module_name = reportable_name(ctx, module->req_module_entries[i].module_name);
        if (module_name)
            dbuf_printf(report, "import\t%s\n", module_name);
    }
    for (int i = 0; i < module->import_entries_count; i++) {
        const JSImportEntry *entry = &module->import_entries[i];
        const char *module_name = reportable_name(ctx, module->req_module_entries[entry->req_module_idx].module_name);
        const char *name = reportable_name(ctx, entry->import_name);
        if (module_name && name)
            dbuf_printf(report, "import\t%s\t%s\n", module_name, name);
    }
}

static void report_references(JSContext *ctx, const JSModuleDef *module, DynBuf *report)
{
    struct references r;
    references_init(&r, ctx, report);
    report_imports(ctx, module, report);
    const JSFunctionBytecode *top = JS_VALUE_GET_PTR(module->func_obj);
    note_function(&r, top, false);
    if (r.escaped)
        note_function(&r, top, true);
}
