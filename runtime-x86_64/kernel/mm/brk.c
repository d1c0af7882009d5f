/* The program's heap: one anonymous area above its image. */
#include "mm/space.h"

void space_start_brk(uaddr_t image_end)
{
    space.brk_start = space.brk = ALIGN_UP(image_end, PAGE_SIZE) + space_random(BRK_RANDOM_BITS);
}

static int grow(uaddr_t from, uaddr_t to)
{
    uaddr_t at =
        space_map(from, to - from, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, NULL, 0);
    if ((int64_t)at < 0)
        return (int)at;
    space_name(from, "[heap]");
    space_join(area_find(space.root, from));
    return 0;
}

uaddr_t space_set_brk(uaddr_t brk)
{
    if (brk < space.brk_start || brk >= USER_MAX)
        return space.brk;
    uaddr_t from = ALIGN_UP(space.brk, PAGE_SIZE), to = ALIGN_UP(brk, PAGE_SIZE);
    int err = 0;
    if (to > from)
        err = grow(from, to);
    else if (to < from)
        err = space_unmap(to, from - to);
    if (!err)
        space.brk = brk;
    return space.brk;
}
