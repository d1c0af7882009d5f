#include "../../engine.h"

static int map_set_init(JSContext *ctx, JSValueConst global)
{
    (void)global;
    return JS_AddIntrinsicMapSet(ctx);
}

MODULE(map_set) = {.name = "map-set", .phase = PHASE_LANGUAGE, .init = map_set_init};
