#include "../../engine.h"

static int json_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicJSON(ctx);
}

MODULE(json) = {.name = "json", .phase = PHASE_LANGUAGE, .init = json_init};
