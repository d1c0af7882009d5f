#include "../../script.h"

SCRIPT(abort);

static int abort_init(JSContext *ctx, JSValueConst global)
{
    return script_define_globals(ctx, global, script_abort, script_abort_end);
}

/* Later than the events that it builds on. */
MODULE(abort) = {.name = "abort", .phase = PHASE_SERVICE, .init = abort_init};
