#include "../../engine.h"

static int eval_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicEval(ctx);
}

MODULE(eval) = {.name = "eval", .phase = PHASE_LANGUAGE, .init = eval_init};
