#include "../../engine.h"

static int base64_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicAToB(ctx);
}

MODULE(base64) = {.name = "base64", .phase = PHASE_API, .init = base64_init};
