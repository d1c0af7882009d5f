#include "../../engine.h"

static int typed_arrays_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicTypedArrays(ctx);
}

MODULE(typed_arrays) = {.name = "typed-arrays", .phase = PHASE_LANGUAGE, .init = typed_arrays_init};
