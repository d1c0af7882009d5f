#include "../../script.h"

SCRIPT(streams);

static int streams_init(JSContext *ctx, JSValueConst global)
{
    return script_define_globals(ctx, global, script_streams, script_streams_end);
}

MODULE(streams) = {.name = "streams", .phase = PHASE_SERVICE, .init = streams_init};
