/* prctl(2): the thread's name, and what is a constant with one process and no execve. */
#include "boot/boot.h"
#include "cpu/local.h"
#include "sys/credentials.h"
#include "thread/signal.h"

enum {
    PR_SET_PDEATHSIG = 1,
    PR_GET_PDEATHSIG = 2,
    PR_GET_DUMPABLE = 3,
    PR_SET_DUMPABLE = 4,
    PR_SET_NAME = 15,
    PR_GET_NAME = 16,
    PR_SET_TIMERSLACK = 29,
    PR_GET_TIMERSLACK = 30,
    PR_SET_NO_NEW_PRIVS = 38,
    PR_GET_NO_NEW_PRIVS = 39
};
#define TIMER_SLACK_NS 50000

static long set_name(uaddr_t addr)
{
    char *name = current_thread()->name, text[sizeof current_thread()->name] = {0};
    ssize_t n = user_read_string(text, addr, sizeof text);
    if (n == -ENAMETOOLONG)
        n = user_read(text, addr, sizeof text - 1) ? -EFAULT : (ssize_t)sizeof text - 1;
    if (n < 0)
        return n;
    memset(text + n, 0, sizeof text - (size_t)n); /* what came along behind the end */
    memcpy(name, text, sizeof text);
    boot_mark_first(BOOT_ENGINE, "engine"); /* our engine does so when it is ready */
    return 0;
}

long sys_prctl(long op, long a, long b, long c, long d)
{
    static int death_signal;
    static bool no_new_privileges;
    long result = capability_prctl(op, a, b, c, d);
    if (result != -ENOSYS)
        return result;
    switch (op) {
    case PR_SET_NAME:
        return set_name((uaddr_t)a);
    case PR_GET_NAME:
        return user_write((uaddr_t)a, current_thread()->name, sizeof current_thread()->name);
    case PR_SET_PDEATHSIG: /* the parent that could die does not exist */
        if (a < 0 || a > SIGNAL_MAX)
            return -EINVAL;
        death_signal = (int)a;
        return 0;
    case PR_GET_PDEATHSIG:
        return user_put((uaddr_t)a, death_signal);
    case PR_GET_DUMPABLE:
        return 0;
    case PR_SET_DUMPABLE:
        return a == 0 || a == 1 ? 0 : -EINVAL;
    case PR_SET_TIMERSLACK: /* timers have none */
        return 0;
    case PR_GET_TIMERSLACK:
        return TIMER_SLACK_NS;
    case PR_SET_NO_NEW_PRIVS: /* there is no execve to gain any by */
        if (a != 1 || b || c || d)
            return -EINVAL;
        no_new_privileges = true;
        return 0;
    case PR_GET_NO_NEW_PRIVS:
        return no_new_privileges;
    default:
        return -EINVAL;
    }
}
