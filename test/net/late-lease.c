/* A DHCP client that finds no memory when the network starts begins as soon as there is some. */
#include "host.h"

static unsigned discovers;
static bool count_discovers(const uint8_t *frame, size_t len)
{
    discovers += len > 282 && frame[12] == 8 && !frame[13] && frame[23] == 17 && frame[37] == 67;
    return true;
}

int main(void)
{
    command_line_ip = "dhcp";
    on_frame = count_discovers;
    CHECK(netdev_register(&card) == 0);
    heap_limit = heap_objects;
    net_init();
    run_for(3 * SECOND);
    CHECK(discovers == 0);
    heap_limit = SIZE_MAX;
    run_for(3 * SECOND);
    CHECK(discovers >= 1);
    return 0;
}
