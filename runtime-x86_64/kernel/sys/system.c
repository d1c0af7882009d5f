/* The machine and the system as a whole: uname, sysinfo, random bytes. */
#include "abi/utsname.h"
#include "boot/boot.h"
#include "drivers/driver.h"
#include "fs/vfs.h"
#include "sys/sys.h"
#include "sys/system.h"
#include "thread/new.h"
#include "thread/schedule.h"
#include "time/time.h"

#define UTS_LENGTH 65

extern char net_hostname[64]; /* net/stack.h: from ip= or the lease, "" when unknown */

static char hostname[UTS_LENGTH], domainname[UTS_LENGTH] = "(none)";

/* sethostname, else hostname=, else what the network says. */
const char *system_hostname(void)
{
    const char *wanted = boot_param("hostname");
    return *hostname ? hostname : wanted && *wanted ? wanted : *net_hostname ? net_hostname : "unik";
}

const char *system_domainname(void)
{
    return domainname;
}

/* The Linux release whose behaviour is offered; C libraries and runtimes choose by it. */
long sys_uname(long addr)
{
    struct {
        char sysname[UTS_LENGTH], nodename[UTS_LENGTH], release[UTS_LENGTH], version[UTS_LENGTH], machine[UTS_LENGTH],
            domainname[UTS_LENGTH];
    } u = {UTS_SYSNAME, "", UTS_RELEASE, UTS_VERSION, UTS_MACHINE, ""};
    format(u.nodename, sizeof u.nodename, "%s", system_hostname());
    memcpy(u.domainname, domainname, sizeof domainname);
    return user_write((uaddr_t)addr, &u, sizeof u);
}

static long set_uts_name(char *name, long addr, long size)
{
    char text[UTS_LENGTH] = "";
    if (!process_can(CAP_SYS_ADMIN))
        return -EPERM;
    if (size < 0 || size >= UTS_LENGTH)
        return -EINVAL;
    if (user_read(text, (uaddr_t)addr, (size_t)size))
        return -EFAULT;
    memcpy(name, text, sizeof text);
    return 0;
}

long sys_sethostname(long addr, long size)
{
    return set_uts_name(hostname, addr, size);
}

long sys_setdomainname(long addr, long size)
{
    return set_uts_name(domainname, addr, size);
}

struct sysinfo {
    int64_t uptime;
    uint64_t loads[3], totalram, freeram, sharedram, bufferram, totalswap, freeswap;
    uint16_t procs, pad;
    uint64_t totalhigh, freehigh;
    uint32_t mem_unit;
};
_Static_assert(sizeof(struct sysinfo) == 112, "struct sysinfo");

long sys_sysinfo(long addr)
{
    struct sysinfo s = {.uptime = (int64_t)(clock_monotonic() / 1000000000ull),
                        .totalram = page_total() * PAGE_SIZE,
                        .freeram = page_free_count() * PAGE_SIZE,
                        .procs = (uint16_t)thread_count(),
                        .mem_unit = 1};
    uint32_t loads[3];
    load_averages(loads);
    for (int n = 0; n < 3; n++)
        s.loads[n] = (uint64_t)loads[n] << (16 - 11); /* SI_LOAD_SHIFT; LOAD_ONE is 1 << 11 */
    return user_write((uaddr_t)addr, &s, sizeof s);
}

#define GRND_NONBLOCK 1
#define GRND_RANDOM 2
#define GRND_INSECURE 4

long sys_getrandom(long addr, long size, long flags)
{
    enum { CHUNK = 256 };
    uint8_t bytes[CHUNK];
    if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE) ||
        (flags & (GRND_RANDOM | GRND_INSECURE)) == (GRND_RANDOM | GRND_INSECURE))
        return -EINVAL;
    size_t n = MIN((size_t)size, (size_t)INT32_MAX), done = 0;
    while (done < n) {
        size_t part = MIN(n - done, sizeof bytes);
        entropy_read(bytes, part);
        if (user_write((uaddr_t)addr + done, bytes, part))
            return done ? (long)done : -EFAULT;
        done += part;
    }
    memset(bytes, 0, sizeof bytes);
    __asm__ volatile("" ::"r"(bytes) : "memory"); /* what was handed out does not stay on the stack */
    return (long)done;
}

long sys_getcpu(long cpu_addr, long node_addr, long cache)
{
    if ((cpu_addr && user_put((uaddr_t)cpu_addr, 0u)) || (node_addr && user_put((uaddr_t)node_addr, 0u)))
        return -EFAULT;
    return 0;
}
