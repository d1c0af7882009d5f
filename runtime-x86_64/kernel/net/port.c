/* The little that lwIP wants of a port besides memory and assertions (third-party/lwip/arch/cc.h). */
#include "net/stack.h"
#include "time/time.h"

/* Its clock, in milliseconds. */
u32_t sys_now(void);
u32_t sys_now(void)
{
    return (u32_t)(clock_monotonic() / 1000000);
}

/* A pbuf that was cut: it keeps its room until it is freed. */
void *net_mem_trim(void *memory, size_t size);
void *net_mem_trim(void *memory, size_t size)
{
    return memory;
}
