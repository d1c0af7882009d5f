#include "../../engine.h"

static int regexp_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicRegExp(ctx);
}

MODULE(regexp) = {.name = "regexp", .phase = PHASE_LANGUAGE, .init = regexp_init};
