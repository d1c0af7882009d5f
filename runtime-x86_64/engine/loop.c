#include <stdlib.h>
#include <uv.h>
#include "engine.h"

static uv_loop_t loop;
static bool is_ready;

uv_loop_t *loop_get(void)
{
    if (!is_ready && uv_loop_init(&loop) == 0)
        is_ready = true;
    if (!is_ready)
        abort();
    return &loop;
}

bool loop_run(bool once)
{
    if (!is_ready || !uv_loop_alive(&loop))
        return false;
    uv_run(&loop, once ? UV_RUN_ONCE : UV_RUN_DEFAULT);
    return true;
}
