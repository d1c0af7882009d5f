#include "../../script.h"

SCRIPT(events);

static int events_init(JSContext *ctx, JSValueConst global)
{
    return script_define_globals(ctx, global, script_events, script_events_end);
}

MODULE(events) = {.name = "events", .phase = PHASE_API, .init = events_init};
