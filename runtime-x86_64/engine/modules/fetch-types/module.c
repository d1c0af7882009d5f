#include "request.h"
#include "response.h"

static int fetch_types_init(JSContext *ctx, JSValueConst global)
{
    return request_init(ctx, global) || response_init(ctx, global) ? -1 : 0;
}

MODULE(fetch_types) = {.name = "fetch-types", .phase = PHASE_API, .init = fetch_types_init};
