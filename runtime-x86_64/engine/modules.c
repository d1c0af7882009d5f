/* The table of linked modules: the linker gathers the section's pieces and gives its bounds. It may be empty. */
#include <string.h>
#include "engine.h"

extern const struct module *const __start_unik_modules[] __attribute__((weak, visibility("hidden")));
extern const struct module *const __stop_unik_modules[] __attribute__((weak, visibility("hidden")));

#define for_each_module(entry) for (entry = __start_unik_modules; entry < __stop_unik_modules; entry++)

int modules_init(JSContext *ctx)
{
    JSValue global = JS_GetGlobalObject(ctx);
    const struct module *const *entry;
    int error = 0;
    for (int phase = PHASE_LANGUAGE; phase <= PHASE_SERVICE; phase++)
        for_each_module(entry) if ((int)(*entry)->phase == phase && (*entry)->init && !error) error =
            (*entry)->init(ctx, global);
    JS_FreeValue(ctx, global);
    return error;
}

int modules_start(JSContext *ctx, JSValueConst app)
{
    const struct module *const *entry;
    for_each_module(entry) if ((*entry)->start && (*entry)->start(ctx, app)) return -1;
    return 0;
}

/* Names are compared whole: a longer unknown name must not find a shorter known one. */
static const struct module *find_module(const char *specifier)
{
    const struct module *const *entry;
    for_each_module(entry) for (const char *const *name = (*entry)->specifiers; name && *name;
                                name++) if (strcmp(*name, specifier) == 0) return *entry;
    return NULL;
}

/* Evaluation of a builtin: hands over the values that load_module has announced. */
static int set_exports(JSContext *ctx, JSModuleDef *module)
{
    JSValue namespace = JS_GetModulePrivateValue(ctx, module);
    JSPropertyEnum *names;
    uint32_t count;
    bool has_default = false;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, namespace, JS_GPN_STRING_MASK))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        const char *name = JS_AtomToCString(ctx, names[i].atom);
        has_default |= strcmp(name, "default") == 0;
        JS_SetModuleExport(ctx, module, name, JS_GetProperty(ctx, namespace, names[i].atom));
        JS_FreeCString(ctx, name);
    }
    if (!has_default)
        JS_SetModuleExport(ctx, module, "default", JS_DupValue(ctx, namespace));
    JS_FreePropertyEnum(ctx, names, count);
    JS_FreeValue(ctx, namespace);
    return 0;
}

static int announce_exports(JSContext *ctx, JSModuleDef *module, JSValueConst namespace)
{
    JSPropertyEnum *names;
    uint32_t count;
    bool has_default = false;
    if (JS_GetOwnPropertyNames(ctx, &names, &count, namespace, JS_GPN_STRING_MASK))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        const char *name = JS_AtomToCString(ctx, names[i].atom);
        has_default |= strcmp(name, "default") == 0;
        JS_AddModuleExport(ctx, module, name);
        JS_FreeCString(ctx, name);
    }
    JS_FreePropertyEnum(ctx, names, count);
    return has_default ? 0 : JS_AddModuleExport(ctx, module, "default");
}

static JSModuleDef *load_module(JSContext *ctx, const char *specifier, void *opaque)
{
    (void)opaque;
    const struct module *found = find_module(specifier);
    if (!found) {
        JS_ThrowReferenceError(ctx, "this program was built without the module '%s'", specifier);
        return NULL;
    }
    JSValue namespace = found->namespace(ctx, specifier);
    if (JS_IsException(namespace))
        return NULL;
    JSModuleDef *module = JS_NewCModule(ctx, specifier, set_exports);
    if (!module || announce_exports(ctx, module, namespace)) {
        JS_FreeValue(ctx, namespace);
        return NULL;
    }
    JS_SetModulePrivateValue(ctx, module, namespace);
    return module;
}

/* All that is imported is named in full: the app itself is one module. */
static char *keep_specifier(JSContext *ctx, const char *base, const char *specifier, void *opaque)
{
    (void)base;
    (void)opaque;
    return js_strdup(ctx, specifier);
}

void modules_set_loader(JSRuntime *rt)
{
    JS_SetModuleLoaderFunc(rt, keep_specifier, load_module, NULL);
}
