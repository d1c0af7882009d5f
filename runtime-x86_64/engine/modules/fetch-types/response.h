/* The class Response (Fetch, 5.5). */
#ifndef UNIK_RESPONSE_H
#define UNIK_RESPONSE_H

#include "body.h"

struct response {
    int status;
    JSValue status_text;      /* a string, or undefined for the empty one */
    struct headers *headers;  /* NULL: none but the implied one */
    const char *implied_type; /* a content-type that is not in the list yet, or NULL */
    JSValue headers_value;    /* the Headers object over the list, once somebody has asked for it */
    struct body body;
    bool is_error;
};

int response_init(JSContext *ctx, JSValueConst global);
/* NULL when the value is no Response. */
struct response *response_from_value(JSValueConst value);

#endif
