/* The console as a terminal. Output goes out as it is unless the app asks for ONLCR, and nothing is echoed unless it
 * asks for ECHO: on the other end stands a host's terminal or pipe that does both. */
#include "fs/tty.h"
#include "boot/boot.h"

struct linux_termios tty_settings = {
    .c_iflag = ICRNL,
    .c_oflag = OPOST,
    .c_cflag = B38400 | CS8 | CREAD,
    .c_lflag = ISIG | ICANON | ECHOE | ECHOK | IEXTEN,
    .c_cc = {[VINTR] = 3,
             [VQUIT] = 28,
             [VERASE] = 127,
             [VKILL] = 21,
             [VEOF] = 4,
             [VMIN] = 1,
             [VSTART] = 17,
             [VSTOP] = 19,
             [VSUSP] = 26,
             [VREPRINT] = 18,
             [VWERASE] = 23,
             [VLNEXT] = 22},
};
struct waitq tty_changed = WAITQ_INIT(tty_changed);
static struct linux_winsize window = {.row = 24, .col = 80};

void tty_output(const char *s, size_t n)
{
    boot_mark_first(BOOT_OUTPUT, "output");
    if ((tty_settings.c_oflag & (OPOST | ONLCR)) != (OPOST | ONLCR)) {
        console_write(s, n);
        return;
    }
    for (const char *end = s + n; s < end;) {
        const char *line = memchr(s, '\n', (size_t)(end - s));
        size_t part = (size_t)((line ? line : end) - s);
        console_write(s, part);
        if (line)
            console_write("\r\n", 2);
        s += part + (line != NULL);
    }
}

static ssize_t tty_write(struct file *f, struct iter *from, loff_t pos)
{
    char part[512];
    ssize_t done = 0, n;
    while (from->left) {
        n = iter_copy_from(from, part, sizeof part);
        if (n <= 0)
            return done ? done : n;
        tty_output(part, (size_t)n);
        done += n;
    }
    return done;
}

/* Non-canonical: at least VMIN bytes; VTIME (tenths of a second) starts at once when VMIN is 0, else behind each byte.
 */
static int wait_raw(struct file *f, size_t wanted)
{
    unsigned min = tty_settings.c_cc[VMIN], seen = 0;
    uint64_t time = tty_settings.c_cc[VTIME] * 100000000ul;
    uint64_t deadline = !min ? clock_monotonic() + time : NEVER;
    while (tty_readable() < MIN(MAX(min, 1u), wanted)) {
        if (tty_readable() != seen && time && min)
            deadline = clock_monotonic() + time;
        seen = tty_readable();
        if (!min && !time)
            return 0;
        if (file_nonblock(f))
            return seen ? 0 : -EAGAIN;
        int err = waitq_sleep(&tty_changed, deadline);
        if (err == -ETIMEDOUT)
            return 0;
        if (err)
            return tty_readable() ? 0 : -ERESTARTSYS;
        if (tty_is_canonical())
            return 0;
    }
    return 0;
}

static ssize_t tty_read(struct file *f, struct iter *to, loff_t pos)
{
    if (!to->left)
        return 0;
    if (!tty_is_canonical()) {
        int err = wait_raw(f, to->left);
        return err ? err : tty_take(to);
    }
    while (!tty_readable()) {
        if (file_nonblock(f))
            return -EAGAIN;
        if (waitq_sleep(&tty_changed, NEVER))
            return -ERESTARTSYS;
        if (!tty_is_canonical())
            return tty_read(f, to, pos);
    }
    return tty_take(to);
}

static uint32_t tty_poll(struct file *f, struct waitq **q)
{
    *q = &tty_changed;
    return POLLOUT | POLLWRNORM | (tty_readable() ? POLLIN | POLLRDNORM : 0);
}

/* --- tty_settings */

static int set_settings(uaddr_t arg, bool flush)
{
    struct linux_termios new;
    int err = user_read(&new, arg, sizeof new);
    if (err)
        return err;
    if (flush)
        tty_flush_input();
    bool was_canonical = tty_is_canonical();
    tty_settings = new;
    if (was_canonical != tty_is_canonical())
        tty_keep_as_typed();
    if (tty_readable())
        waitq_wake_all(&tty_changed);
    return 0;
}

static long tty_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
    switch (cmd) {
    case TCGETS:
        return user_put(arg, tty_settings);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set_settings(arg, cmd == TCSETSF);
    case TIOCGWINSZ:
        return user_put(arg, window);
    case TIOCSWINSZ:
        return user_read(&window, arg, sizeof window);
    case FIONREAD:
        return user_put(arg, (int)tty_readable());
    case TIOCOUTQ:
        return user_put(arg, 0);
    case TIOCGPGRP:
    case TIOCGSID:
        return user_put(arg, 1); /* the one process leads the one group and session */
    case TCFLSH:
        if (arg != 1) /* TCOFLUSH: output never waits */
            tty_flush_input();
        return 0;
    case TIOCSPGRP:
    case TIOCSCTTY:
    case TCSBRK:
    case TCXONC:
        return 0;
    default:
        return -ENOTTY;
    }
}

const struct file_ops tty_file_ops = {
    .name = "tty",
    .read = tty_read,
    .write = tty_write,
    .poll = tty_poll,
    .ioctl = tty_ioctl,
};
