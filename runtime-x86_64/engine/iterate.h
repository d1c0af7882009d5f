/* JavaScript's iteration protocol. */
#ifndef UNIK_ITERATE_H
#define UNIK_ITERATE_H

#include "engine.h"

/* An array of what `object` iterates over, undefined when it is not iterable, or an exception. */
JSValue array_from_iterable(JSContext *ctx, JSValueConst object);

/* The iterator over an array, which it takes. */
JSValue array_iterator(JSContext *ctx, JSValue array);

#endif
