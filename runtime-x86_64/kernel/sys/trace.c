/* trace=sys, from the texts in sys/table.h. Off, it costs a system call one test. */
#include "sys/trace.h"
#include "boot/boot.h"
#include "mm/mm.h"
#include "thread/thread.h"
#include "time/time.h"

#define TEXT_MAX 48 /* of a string argument */

bool sys_tracing;
static bool print_all;

/* All texts in one piece, found by offsets: pointers would take more room than what they point to. Each is the name,
 * NUL, then a letter an argument, or '!' and why the call is refused. */
#define FULL
#define PARTIAL(what)
#define SYS_TEXT(name, trace) #name "\0" trace
#define REFUSED_TEXT(name, why) #name "\0!" why
static const struct texts {
    char nothing;
#define SYS(number, name, count, trace, support) char name##_text[sizeof SYS_TEXT(name, trace)];
#define REFUSED(number, name, error, why) char name##_text[sizeof REFUSED_TEXT(name, why)];
#define LINKED SYS
#include "sys/table.h"
#undef SYS
#undef LINKED
#undef REFUSED
} texts = {
    .nothing = 0,
#define SYS(number, name, count, trace, support) .name##_text = SYS_TEXT(name, trace),
#define REFUSED(number, name, error, why) .name##_text = REFUSED_TEXT(name, why),
#define LINKED SYS
#include "sys/table.h"
#undef SYS
#undef LINKED
#undef REFUSED
};
static const uint16_t places[] = {
#define SYS(number, name, count, trace, support) [number] = offsetof(struct texts, name##_text),
#define REFUSED(number, name, error, why) [number] = offsetof(struct texts, name##_text),
#define LINKED SYS
#include "sys/table.h"
#undef SYS
#undef LINKED
#undef REFUSED
};
_Static_assert(sizeof texts <= UINT16_MAX, "offsets of texts");

struct row {
    const char *name, *text;
    bool refused;
};

/* False: there is no such number. */
static bool find_row(uint64_t number, struct row *row)
{
    if (number >= ARRAY_LEN(places) || !places[number])
        return false;
    row->name = (const char *)&texts + places[number];
    row->text = row->name + strlen(row->name) + 1;
    row->refused = *row->text == '!';
    row->text += row->refused;
    return true;
}

struct line {
    char buf[240];
    size_t len;
};

static void add(struct line *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static void add(struct line *l, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = format_va(l->buf + l->len, sizeof l->buf - l->len, fmt, ap);
    va_end(ap);
    l->len = MIN(l->len + (size_t)n, sizeof l->buf - 1);
}

static void add_string(struct line *l, uint64_t addr)
{
    char text[TEXT_MAX];
    ssize_t n = user_read_string(text, addr, sizeof text);
    if (n == -EFAULT) {
        add(l, "%p", (void *)addr);
        return;
    }
    add(l, "\"");
    for (ssize_t i = 0; i < (n < 0 ? TEXT_MAX - 1 : n); i++)
        add(l, text[i] >= ' ' && text[i] <= '~' ? "%c" : "\\x%02x", (unsigned char)text[i]);
    add(l, n < 0 ? "\"…" : "\"");
}

static void add_timespec(struct line *l, uint64_t addr)
{
    struct timespec64 ts;
    if (!addr || user_read(&ts, addr, sizeof ts))
        add(l, "%p", (void *)addr);
    else
        add(l, "{%ld.%09ld}", ts.sec, ts.nsec);
}

static bool follow_pointers = true; /* in the app's memory */

static void add_argument(struct line *l, char type, uint64_t v)
{
    if (type == 'd' || type == 'f')
        add(l, "%d", (int)v);
    else if (type == 'l')
        add(l, "%ld", v);
    else if (type == 'u')
        add(l, "%lu", v);
    else if (type == 'o')
        add(l, "0%lo", v);
    else if (type == 's' && follow_pointers)
        add_string(l, v);
    else if (type == 't' && follow_pointers)
        add_timespec(l, v);
    else
        add(l, "0x%lx", v);
}

static void add_arguments(struct line *l, const char *types, const uint64_t *values, unsigned count)
{
    for (unsigned i = 0; types[i]; i++) {
        add(l, i ? ", " : "");
        if (i == count) {
            add(l, "…");
            break;
        }
        add_argument(l, types[i], values[i]);
    }
}

static void print_result(const struct line *l, int tid, long result)
{
    if (result < 0 && result > -4096)
        log_warn("[%d] %s) = -%ld", tid, l->buf, -result);
    else
        log_warn("[%d] %s) = 0x%lx", tid, l->buf, (unsigned long)result);
}

/* Each refused call once. */
static void tell_refused(uint64_t number, const struct row *row)
{
    static uint8_t told[(ARRAY_LEN(places) + 7) / 8];
    if (told[number / 8] & 1u << number % 8)
        return;
    told[number / 8] |= (uint8_t)(1u << number % 8);
    log_warn("system call %s is not offered: %s", row->name, *row->text ? row->text : "not implemented");
}

static long call_and_print(struct trap_frame *f, const struct row *row, long (*call)(struct trap_frame *frame))
{
    struct line l = {.len = 0};
    int tid = thread_current()->tid;
    const uint64_t values[] = {f->rdi, f->rsi, f->rdx, f->r10, f->r8, f->r9};
    add(&l, "%s(", row->name);
    add_arguments(&l, row->refused ? "" : row->text, values, ARRAY_LEN(values));
    if (!strcmp(row->name, "exit") || !strcmp(row->name, "exit_group") || !strcmp(row->name, "rt_sigreturn"))
        log_warn("[%d] %s)", tid, l.buf);
    long result = call(f);
    print_result(&l, tid, result);
    return result;
}

long sys_trace_call(struct trap_frame *f, long (*call)(struct trap_frame *frame))
{
    struct row row = {"unknown", "", true};
    if (find_row(f->orig_rax, &row) && row.refused)
        tell_refused(f->orig_rax, &row);
    return print_all ? call_and_print(f, &row, call) : call(f);
}

void sys_trace_print(int tid, uint64_t number, const uint64_t args[SYS_RECENT_ARGS], long result)
{
    struct line l = {.len = 0};
    struct row row = {"unknown", "", true};
    follow_pointers = false;
    find_row(number, &row);
    add(&l, "%s(", row.name);
    add_arguments(&l, row.refused ? "" : row.text, args, SYS_RECENT_ARGS);
    print_result(&l, tid, result);
}

void sys_trace_init(void)
{
    print_all = boot_traces("sys");
    sys_tracing = print_all || boot_param("verbose");
}
