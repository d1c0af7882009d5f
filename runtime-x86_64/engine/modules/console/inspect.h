/* Values as Node.js' util.inspect shows them, with its defaults. */
#ifndef UNIK_INSPECT_H
#define UNIK_INSPECT_H

#include "../../engine.h"
#include "../../text.h"

#define INSPECT_DEPTH_DEFAULT 2
#define INSPECT_DEPTH_UNLIMITED 1000 /* more would run over the stack */

/* util.inspect's options, as far as they can be set. */
struct inspect_options {
    int depth;
};

/* Appends the value. Strings are quoted. JavaScript may run (a custom inspect function); what it throws is shown. */
void inspect_value(JSContext *ctx, struct text *out, JSValueConst value, const struct inspect_options *options);

/* format.c: console.log's arguments: %s, %d, %i, %f, %j, %o, %O, %c and %% in the first, the others behind it. */
void inspect_format(JSContext *ctx, struct text *out, int argc, JSValueConst *argv);

/* table.c: false when the value is no table */
bool inspect_table(JSContext *ctx, struct text *out, JSValueConst data, JSValueConst columns);

/* ---- between the files of inspect ---- */

struct inspection {
    JSContext *ctx;
    struct inspect_options options;
    int indentation;
    int current_depth;  /* of the object that was begun last */
    JSValueConst *seen; /* the objects around this one */
    uint32_t seen_count, seen_capacity;
    JSValueConst *circular; /* those that were met within themselves: [Circular *1] and so on */
    uint32_t circular_count, circular_capacity;
};

struct entries {
    struct text *items;
    uint32_t count, capacity;
};

/* How the parts of one object are put together. */
enum entries_kind { ENTRIES_OF_OBJECT, ENTRIES_OF_ARRAY };
struct shape {
    struct text base;  /* before the braces: [Function: f], an error's stack */
    struct text open;  /* "{", "Foo {", "Set(1) {" */
    const char *close; /* "}" or "]" */
    enum entries_kind kind;
};

/* entries.c */
struct text *entries_add(struct entries *entries); /* a new empty entry; never NULL, but it may not be kept */
void entries_free(struct entries *entries);

/* primitive.c */
void inspect_primitive(struct inspection *s, struct text *out, JSValueConst value);
void inspect_quoted(struct text *out, const char *utf8, size_t size);
/* As a JavaScript string has it, in UTF-16 units. */
size_t inspect_length(const char *utf8, size_t size);

/* inspect.c */
void inspect_nested(struct inspection *s, struct text *out, JSValueConst value, int depth);
void inspect_property(struct inspection *s, struct text *out, JSValueConst object, JSAtom key, int depth,
                      bool with_key);

/* kinds.c: what is special about a kind of object: sets the shape, fills the entries. false: all is said in
 * shape->base. */
struct object_name {
    struct text constructor; /* empty: none, a null prototype */
    struct text tag;         /* Symbol.toStringTag, where it tells something */
    bool has_constructor;
};
void inspect_append_prefix(struct text *out, const struct object_name *name, const char *fallback, const char *size);
bool inspect_kind(struct inspection *s, JSValueConst value, const struct object_name *name, struct shape *shape,
                  struct entries *entries, int depth, uint32_t key_count);

/* Whether the class is the one of `new String()` and the like. */
bool inspect_is_boxed(JSContext *ctx, JSValueConst value, const char *class);
/* A function of the engine's, not of JavaScript. */
bool inspect_is_native(JSContext *ctx, JSValueConst function);

/* native.c: the parts of an instance of one of our classes (URL, Headers and so on). Whether it is one that has any. */
bool inspect_native(struct inspection *s, JSValueConst value, struct entries *entries, int depth);
void inspect_key(struct inspection *s, struct text *out, JSAtom key, bool is_enumerable);

/* error.c */
void inspect_error_base(struct inspection *s, JSValueConst error, const struct object_name *name, struct text *base);
/* Own properties that the stack already tells. */
bool inspect_error_hides(JSContext *ctx, JSValueConst error, JSAtom key);

/* layout.c */
void inspect_layout(struct inspection *s, struct text *out, struct shape *shape, struct entries *entries, int depth,
                    JSValueConst value);

/* Helpers over JavaScript values that never leave an exception behind. */
JSValue inspect_get(JSContext *ctx, JSValueConst object, const char *name);
JSValue inspect_call_own_class(JSContext *ctx, JSValueConst value, const char *method);
void inspect_append_value(JSContext *ctx, struct text *out, JSValueConst value);

#endif
