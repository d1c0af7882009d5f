/* setImmediate: what runs once, right after the loop has looked for input and output. */
#ifndef UNIK_IMMEDIATE_H
#define UNIK_IMMEDIATE_H

#include "../../engine.h"

int immediate_init(JSContext *ctx, JSValueConst global);
JSValue immediate_set(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv);
JSValue immediate_clear(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv);

#endif
