/* The class Request (Fetch, 5.4), made by JavaScript or of what a server has received. */
#ifndef UNIK_REQUEST_H
#define UNIK_REQUEST_H

#include "body.h"

struct request {
    const char *method; /* upper case, of a fixed set; NULL: `method_value` */
    JSValue method_value;
    JSValue url; /* a string, made when first asked for */
    struct headers *headers;
    JSValue headers_value;
    struct body body;
    JSValue signal;
    /* Of a received request, the request-target in headers->head. */
    uint32_t target, target_size;
    /* Told when the request goes, so that nobody keeps what it has borrowed. */
    void (*on_finalize)(void *opaque);
    void *opaque;
};

int request_init(JSContext *ctx, JSValueConst global);
struct request *request_from_value(JSValueConst value);

/* A Request over a received head, which it references. The caller sets the rest. */
JSValue request_from_head(JSContext *ctx, struct headers *head, struct request **request);

#endif
