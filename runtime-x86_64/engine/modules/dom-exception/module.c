#include "../../engine.h"

static int dom_exception_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicDOMException(ctx);
}

MODULE(dom_exception) = {.name = "dom-exception", .phase = PHASE_LANGUAGE, .init = dom_exception_init};
