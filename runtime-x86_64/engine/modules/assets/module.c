/* node:fs as far as it reads: the app's assets below /app, and files of the machine, synchronously. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/stat.h>
#include "../../bytes.h"
#include "../../program.h"
#include "../../text.h"

#define ASSET_FOLDER "/app/"

/* What stands at a path. */
struct found {
    const uint8_t *data; /* of an asset */
    uint64_t size;
    mode_t mode;
    int64_t modified_ms;
};

static const struct unik_asset *find_asset(const char *path)
{
    uint64_t low = 0, high = running->program->asset_count;
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        int order = strcmp(running->program->assets[middle].path, path);
        if (order == 0)
            return &running->program->assets[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

/* A folder is what assets lie below. */
static bool is_asset_folder(const char *path)
{
    size_t size = strlen(path);
    for (uint64_t i = 0; i < running->program->asset_count; i++) {
        const char *asset = running->program->assets[i].path;
        if (size == 0 || (strncmp(asset, path, size) == 0 && asset[size] == '/'))
            return true;
    }
    return false;
}

/* The path below /app without "." and "..", or NULL when it lies elsewhere. A relative path is one of the app's. */
static const char *asset_path(const char *path, struct text *normal)
{
    bool is_inside = *path != '/';
    if (strncmp(path, ASSET_FOLDER, strlen(ASSET_FOLDER)) == 0 || strcmp(path, "/app") == 0) {
        is_inside = true;
        path += path[4] ? strlen(ASSET_FOLDER) : 4;
    }
    for (const char *at = path; is_inside && *at;) {
        size_t size = strcspn(at, "/");
        if (size == 2 && memcmp(at, "..", 2) == 0) {
            is_inside = normal->size > 0;
            while (normal->size > 0 && normal->data[--normal->size] != '/')
                ;
        } else if (size > 0 && !(size == 1 && *at == '.')) {
            if (normal->size > 0)
                text_append_char(normal, '/');
            text_append(normal, at, size);
        }
        at += size + (at[size] == '/');
    }
    text_append_char(normal, '\0');
    return is_inside && !normal->failed ? normal->data : NULL;
}

/* 0, or an errno. */
static int look_up(const char *path, struct found *found)
{
    struct text normal = {0};
    struct stat stat_data;
    const char *name = asset_path(path, &normal);
    const struct unik_asset *asset = name ? find_asset(name) : NULL;
    int error = 0;
    if (asset)
        *found = (struct found){.data = asset->data, .size = asset->size, .mode = S_IFREG | 0444};
    else if (name && is_asset_folder(name))
        *found = (struct found){.mode = S_IFDIR | 0555};
    else if (stat(path, &stat_data) == 0)
        *found = (struct found){
            .size = stat_data.st_size,
            .mode = stat_data.st_mode,
            .modified_ms = stat_data.st_mtim.tv_sec * 1000 + stat_data.st_mtim.tv_nsec / 1000000,
        };
    else
        error = errno;
    text_free(&normal);
    return error;
}

static JSValue throw_error(JSContext *ctx, int error, const char *call, const char *path)
{
    static const struct {
        int number;
        const char *code, *text;
    } known[] = {
        {ENOENT, "ENOENT", "no such file or directory"}, {EISDIR, "EISDIR", "illegal operation on a directory"},
        {ENOTDIR, "ENOTDIR", "not a directory"},         {EACCES, "EACCES", "permission denied"},
        {ENOMEM, "ENOMEM", "not enough memory"},
    };
    const char *code = "EIO", *text = "i/o error";
    for (size_t i = 0; i < countof(known); i++)
        if (known[i].number == error) {
            code = known[i].code;
            text = known[i].text;
        }
    JSValue value = JS_NewPlainError(ctx, "%s: %s, %s '%s'", code, text, call, path);
    JS_DefinePropertyValueStr(ctx, value, "errno", JS_NewInt32(ctx, -error), JS_PROP_C_W_E);
    JS_DefinePropertyValueStr(ctx, value, "code", JS_NewString(ctx, code), JS_PROP_C_W_E);
    JS_DefinePropertyValueStr(ctx, value, "syscall", JS_NewString(ctx, call), JS_PROP_C_W_E);
    JS_DefinePropertyValueStr(ctx, value, "path", JS_NewString(ctx, path), JS_PROP_C_W_E);
    return JS_Throw(ctx, value);
}

/* A path given as a string or as a file: URL; to be freed with JS_FreeCString. */
static const char *to_path(JSContext *ctx, JSValueConst value)
{
    JSValue pathname = JS_IsObject(value) ? JS_GetPropertyStr(ctx, value, "pathname") : JS_UNDEFINED;
    const char *path = NULL;
    if (JS_IsString(pathname))
        path = JS_ToCString(ctx, pathname);
    else if (JS_IsString(value))
        path = JS_ToCString(ctx, value);
    else if (!JS_IsException(pathname))
        JS_ThrowTypeError(ctx, "The \"path\" argument must be of type string or an instance of URL.");
    JS_FreeValue(ctx, pathname);
    return path;
}

/* 1: as text, 0: as bytes, -1: exception. The option is a name, or an object with one. */
static int wants_text(JSContext *ctx, JSValueConst options)
{
    JSValue encoding = JS_IsObject(options) ? JS_GetPropertyStr(ctx, options, "encoding") : JS_DupValue(ctx, options);
    if (JS_IsUndefined(encoding) || JS_IsNull(encoding))
        return 0;
    size_t size;
    const char *name = JS_ToCStringLen(ctx, &size, encoding);
    JS_FreeValue(ctx, encoding);
    if (!name)
        return -1;
    bool is_utf8 =
        ascii_equal_ignoring_case(name, size, "utf8", 4) || ascii_equal_ignoring_case(name, size, "utf-8", 5);
    if (!is_utf8)
        JS_ThrowTypeError(ctx, "Unknown encoding: %s", name);
    JS_FreeCString(ctx, name);
    return is_utf8 ? 1 : -1;
}

static JSValue make_contents(JSContext *ctx, const void *data, size_t size, bool as_text)
{
    return as_text ? string_from_utf8(ctx, data, size) : JS_NewUint8ArrayCopy(ctx, data, size);
}

/* Files of /proc have no size: read to the end. */
static int read_file(const char *path, struct text *contents)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int error = fd < 0 ? errno : 0;
    while (!error) {
        char *room = text_reserve(contents, 64 * 1024);
        ssize_t size = room ? read(fd, room, 64 * 1024) : -1;
        if (size == 0)
            break;
        if (size > 0)
            contents->size += size;
        else if (!room || errno != EINTR)
            error = room ? errno : ENOMEM;
    }
    if (fd >= 0)
        close(fd);
    return error;
}

static JSValue read_path(JSContext *ctx, const char *path, bool as_text)
{
    struct found found;
    int error = look_up(path, &found);
    if (!error && S_ISDIR(found.mode))
        return throw_error(ctx, EISDIR, "read", path);
    if (!error && found.data)
        return make_contents(ctx, found.data, found.size, as_text);
    struct text contents = {0};
    JSValue value;
    if (!error)
        error = read_file(path, &contents);
    if (error)
        value = throw_error(ctx, error, "open", path);
    else
        value = make_contents(ctx, contents.data ? contents.data : "", contents.size, as_text);
    text_free(&contents);
    return value;
}

static JSValue fs_read_file_sync(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    int as_text = argc > 1 ? wants_text(ctx, argv[1]) : 0;
    const char *path = as_text < 0 ? NULL : to_path(ctx, argv[0]);
    JSValue value = path ? read_path(ctx, path, as_text) : JS_EXCEPTION;
    JS_FreeCString(ctx, path);
    return value;
}

static JSValue fs_exists_sync(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct found found;
    const char *path = to_path(ctx, argv[0]);
    bool exists = path && look_up(path, &found) == 0;
    JS_FreeValue(ctx, JS_GetException(ctx));
    JS_FreeCString(ctx, path);
    return JS_NewBool(ctx, exists);
}

static JSValue fs_access_sync(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct found found;
    const char *path = to_path(ctx, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    int error = look_up(path, &found);
    JSValue value = error ? throw_error(ctx, error, "access", path) : JS_UNDEFINED;
    JS_FreeCString(ctx, path);
    return value;
}

enum { STATS_IS_FILE, STATS_IS_FOLDER };

static JSValue stats_is(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int kind)
{
    (void)argc;
    (void)argv;
    int32_t mode;
    JSValue value = JS_GetPropertyStr(ctx, this_value, "mode");
    int error = JS_ToInt32(ctx, &mode, value);
    JS_FreeValue(ctx, value);
    return error ? JS_EXCEPTION : JS_NewBool(ctx, kind == STATS_IS_FILE ? S_ISREG(mode) : S_ISDIR(mode));
}

static const JSCFunctionListEntry stats_functions[] = {
    JS_CFUNC_MAGIC_DEF("isFile", 0, stats_is, STATS_IS_FILE),
    JS_CFUNC_MAGIC_DEF("isDirectory", 0, stats_is, STATS_IS_FOLDER),
};

static JSValue make_stats(JSContext *ctx, const struct found *found)
{
    JSValue stats = JS_NewObject(ctx);
    JS_SetPropertyStr(ctx, stats, "size", JS_NewInt64(ctx, found->size));
    JS_SetPropertyStr(ctx, stats, "mode", JS_NewInt32(ctx, found->mode));
    JS_SetPropertyStr(ctx, stats, "mtimeMs", JS_NewInt64(ctx, found->modified_ms));
    JS_SetPropertyFunctionList(ctx, stats, stats_functions, countof(stats_functions));
    return stats;
}

static JSValue fs_stat_sync(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv)
{
    (void)this_value;
    (void)argc;
    struct found found;
    const char *path = to_path(ctx, argv[0]);
    if (!path)
        return JS_EXCEPTION;
    int error = look_up(path, &found);
    JSValue value = error ? throw_error(ctx, error, "stat", path) : make_stats(ctx, &found);
    JS_FreeCString(ctx, path);
    return value;
}

/* fs.promises: what the synchronous function of that place gives, as a promise. */
static JSCFunction *const promised[] = {fs_read_file_sync, fs_access_sync, fs_stat_sync};

static JSValue fs_promise(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int which)
{
    JSValue value = promised[which](ctx, this_value, argc, argv);
    bool is_rejection = JS_IsException(value);
    if (is_rejection)
        value = JS_GetException(ctx);
    JSValue promise = JS_NewSettledPromise(ctx, is_rejection, value);
    JS_FreeValue(ctx, value);
    return promise;
}

static const JSCFunctionListEntry promise_functions[] = {
    JS_CFUNC_MAGIC_DEF("readFile", 2, fs_promise, 0),
    JS_CFUNC_MAGIC_DEF("access", 1, fs_promise, 1),
    JS_CFUNC_MAGIC_DEF("stat", 1, fs_promise, 2),
};

static const JSCFunctionListEntry fs_functions[] = {
    JS_CFUNC_DEF("readFileSync", 2, fs_read_file_sync),
    JS_CFUNC_DEF("existsSync", 1, fs_exists_sync),
    JS_CFUNC_DEF("accessSync", 1, fs_access_sync),
    JS_CFUNC_DEF("statSync", 1, fs_stat_sync),
    JS_OBJECT_DEF("promises", promise_functions, countof(promise_functions), JS_PROP_C_W_E),
};

static JSValue assets_namespace(JSContext *ctx, const char *specifier)
{
    JSValue namespace = JS_NewObject(ctx);
    JS_SetPropertyFunctionList(ctx, namespace, fs_functions, countof(fs_functions));
    if (!strstr(specifier, "/promises"))
        return namespace;
    JSValue promises = JS_GetPropertyStr(ctx, namespace, "promises");
    JS_FreeValue(ctx, namespace);
    return promises;
}

static const char *const assets_specifiers[] = {"node:fs", "fs", "node:fs/promises", "fs/promises", NULL};

MODULE(assets) = {
    .name = "assets",
    .phase = PHASE_API,
    .specifiers = assets_specifiers,
    .namespace = assets_namespace,
};
