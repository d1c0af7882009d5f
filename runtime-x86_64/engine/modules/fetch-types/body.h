/* Bodies of requests and responses (Fetch, 5.3): whole in memory. Streams are not there yet, so neither is `body`. */
#ifndef UNIK_BODY_H
#define UNIK_BODY_H

#include "../headers/headers.h"

struct body {
    enum body_kind {
        BODY_NONE,     /* null */
        BODY_STRING,   /* `string`: UTF-8 is made of it when it is sent or read */
        BODY_OWNED,    /* `bytes`: to be freed */
        BODY_BORROWED, /* `bytes`: somebody else's, who says so before they go (body_keep) */
    } kind;
    bool is_used;
    const uint8_t *bytes;
    size_t size;
    JSValue string;
};

/* Takes what a BodyInit can be. `type` is the content type that it implies, or NULL. 0, or -1 with an exception. */
int body_from_value(JSContext *ctx, struct body *body, JSValueConst value, const char **type);
bool body_copy(JSContext *ctx, struct body *to, const struct body *from);
/* What is borrowed becomes owned. false: no memory. */
bool body_keep(struct body *body);
void body_free(JSRuntime *rt, struct body *body);

/* How the body is read: text(), json(), arrayBuffer(), bytes(). A promise, as these return; NULL is for a `this` that
 * is no body, with the exception pending. */
enum body_reading { BODY_TEXT, BODY_JSON, BODY_ARRAY_BUFFER, BODY_BYTES };
JSValue body_read(JSContext *ctx, struct body *body, enum body_reading reading);

#endif
