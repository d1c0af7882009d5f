/* Capabilities (linux/capability.h): the superuser has all, others none. */
#include "sys/sys.h"

#define CAPABILITY_VERSION_3 0x20080522u
#define CAPABILITIES_LOW 0xffffffffu
#define CAPABILITIES_HIGH 0x1ffu /* up to CAP_CHECKPOINT_RESTORE, 40 */

struct capability_header {
    uint32_t version;
    int32_t pid;
};
struct capability_data {
    uint32_t effective, permitted, inheritable;
};

static int check_capability_header(uaddr_t addr)
{
    struct capability_header h;
    if (user_read(&h, addr, sizeof h))
        return -EFAULT;
    if (h.version == CAPABILITY_VERSION_3)
        return 0;
    return user_put(addr, CAPABILITY_VERSION_3) ? -EFAULT : -EINVAL;
}

long sys_capget(long header, long data)
{
    struct capability_data d[2] = {0};
    int err = check_capability_header((uaddr_t)header);
    if (err)
        return err == -EINVAL && !data ? 0 : err;
    if (sys_geteuid() == 0) {
        d[0].effective = d[0].permitted = CAPABILITIES_LOW;
        d[1].effective = d[1].permitted = CAPABILITIES_HIGH;
    }
    return user_write((uaddr_t)data, d, sizeof d);
}
