#include "../../script.h"

SCRIPT(encoding_streams);

static int encoding_streams_init(JSContext *ctx, JSValueConst global)
{
    return script_define_globals(ctx, global, script_encoding_streams, script_encoding_streams_end);
}

MODULE(encoding_streams) = {.name = "encoding-streams", .phase = PHASE_SERVICE, .init = encoding_streams_init};
