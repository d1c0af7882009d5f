#include "../../engine.h"

static int weak_ref_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicWeakRef(ctx);
}

MODULE(weak_ref) = {.name = "weak-ref", .phase = PHASE_LANGUAGE, .init = weak_ref_init};
