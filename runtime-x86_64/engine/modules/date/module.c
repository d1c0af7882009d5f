#include "../../engine.h"

static int date_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicDate(ctx);
}

MODULE(date) = {.name = "date", .phase = PHASE_LANGUAGE, .init = date_init};
