#include "../../engine.h"

static int proxy_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicProxy(ctx);
}

MODULE(proxy) = {.name = "proxy", .phase = PHASE_LANGUAGE, .init = proxy_init};
