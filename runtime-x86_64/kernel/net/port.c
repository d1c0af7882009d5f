/* The little that lwIP wants of a port besides memory and assertions (third-party/lwip/arch/cc.h). */
#include "drivers/driver.h"
#include "net/stack.h"
#include "time/time.h"

/* Numbers for ports, identifiers and keys: drawn from the generator sixteen at a time, each used once. */
uint32_t net_random(void)
{
    static uint32_t pool[16];
    static unsigned left;
    if (!left) {
        entropy_read(pool, sizeof pool);
        left = ARRAY_LEN(pool);
    }
    uint32_t number = pool[--left];
    pool[left] = 0;
    return number;
}

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
