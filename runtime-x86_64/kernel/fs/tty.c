/* The console as a terminal: the line discipline of termios(3) with one line buffer. Output goes out as it is unless
 * the app asks for ONLCR, and nothing is echoed unless it asks for ECHO: on the other end stands a host's terminal or
 * pipe that does both. */
#include "fs/vfs.h"
#include "abi/ioctl.h"
#include "thread/signal.h"

#define INPUT_SIZE 4096u /* power of two */

static struct linux_termios settings = {
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
static struct linux_winsize window = {.row = 24, .col = 80};

/* Bytes [read_at, ready) can be read in canonical mode, [ready, write_at) is the line being typed. `ends` marks the
 * last byte of each line; an end of file is such a mark on a 0 byte that is not delivered. */
static struct {
    char bytes[INPUT_SIZE];
    uint8_t ends[INPUT_SIZE / 8];
    unsigned read_at, ready, write_at; /* counted on; taken modulo INPUT_SIZE */
} input;
static struct waitq changed = WAITQ_INIT(changed);

static bool is_canonical(void)
{
    return settings.c_lflag & ICANON;
}

static void mark_end(unsigned at, bool on)
{
    at %= INPUT_SIZE;
    input.ends[at / 8] = (uint8_t)((input.ends[at / 8] & ~(1u << at % 8)) | (unsigned)on << at % 8);
}

static bool is_end(unsigned at)
{
    at %= INPUT_SIZE;
    return input.ends[at / 8] >> at % 8 & 1;
}

static unsigned readable(void)
{
    return (is_canonical() ? input.ready : input.write_at) - input.read_at;
}

/* --- output */

static void put_output(const char *s, size_t n)
{
    if ((settings.c_oflag & (OPOST | ONLCR)) != (OPOST | ONLCR)) {
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
        put_output(part, (size_t)n);
        done += n;
    }
    return done;
}

/* --- input, byte by byte from the console driver's interrupt */

static void echo(char c)
{
    if (!(settings.c_lflag & ECHO) && !(c == '\n' && settings.c_lflag & ECHONL && is_canonical()))
        return;
    if ((uint8_t)c < 32 && c != '\n' && c != '\t' && settings.c_lflag & ECHOCTL)
        put_output((char[]){'^', (char)(c + 64)}, 2);
    else
        put_output(&c, 1);
}

static void flush_input(void)
{
    input.read_at = input.ready = input.write_at;
}

static bool send_signal(char c)
{
    static const uint8_t keys[][2] = {{VINTR, SIGINT}, {VQUIT, SIGQUIT}, {VSUSP, SIGTSTP}};
    for (size_t n = 0; settings.c_lflag & ISIG && n < ARRAY_LEN(keys); n++) {
        if (!c || (uint8_t)c != settings.c_cc[keys[n][0]])
            continue;
        echo(c);
        if (!(settings.c_lflag & NOFLSH))
            flush_input();
        signal_send_process(keys[n][1]);
        return true;
    }
    return false;
}

static void erase(void)
{
    input.write_at--;
    if (settings.c_lflag & ECHO)
        put_output("\b \b", 3);
}

static bool edit_line(char c)
{
    const uint8_t *cc = settings.c_cc;
    bool extended = settings.c_lflag & IEXTEN;
    if (!c)
        return false;
    if ((uint8_t)c == cc[VERASE] || c == '\b') {
        if (input.write_at != input.ready)
            erase();
    } else if ((uint8_t)c == cc[VKILL]) {
        while (input.write_at != input.ready)
            erase();
    } else if (extended && (uint8_t)c == cc[VWERASE]) {
        while (input.write_at != input.ready && input.bytes[(input.write_at - 1) % INPUT_SIZE] == ' ')
            erase();
        while (input.write_at != input.ready && input.bytes[(input.write_at - 1) % INPUT_SIZE] != ' ')
            erase();
    } else {
        return false;
    }
    return true;
}

static void store(char c, bool end)
{
    if (input.write_at - input.read_at == INPUT_SIZE || (!end && input.write_at - input.read_at == INPUT_SIZE - 1))
        return; /* full: the byte is lost, but a line can still end */
    input.bytes[input.write_at % INPUT_SIZE] = c;
    mark_end(input.write_at++, end);
    if (end)
        input.ready = input.write_at;
}

void console_input(char c)
{
    const uint8_t *cc = settings.c_cc;
    if (settings.c_iflag & ISTRIP)
        c &= 0x7f;
    if (c == '\r' && settings.c_iflag & IGNCR)
        return;
    if (c == '\r' && settings.c_iflag & ICRNL)
        c = '\n';
    else if (c == '\n' && settings.c_iflag & INLCR)
        c = '\r';
    if (send_signal(c) || (is_canonical() && edit_line(c)))
        return;
    if (is_canonical() && c && (uint8_t)c == cc[VEOF]) {
        store(0, true);
    } else {
        bool end = c == '\n' || (c && ((uint8_t)c == cc[VEOL] || (uint8_t)c == cc[VEOL2]));
        echo(c);
        store(c, is_canonical() && end);
    }
    if (readable())
        waitq_wake(&changed, POLLIN | POLLRDNORM, ~0u);
}

/* --- reading */

static ssize_t read_line(struct iter *to)
{
    ssize_t done = 0;
    while (to->left && input.read_at != input.ready) {
        char c = input.bytes[input.read_at % INPUT_SIZE];
        bool end = is_end(input.read_at);
        if (!(end && !c)) {
            ssize_t n = iter_copy_to(to, &c, 1);
            if (n <= 0)
                return done ? done : n;
            done += n;
        }
        input.read_at++;
        if (end)
            break;
    }
    return done;
}

static ssize_t read_raw(struct iter *to)
{
    ssize_t done = 0;
    while (to->left && input.read_at != input.write_at) {
        unsigned at = input.read_at % INPUT_SIZE;
        size_t n = MIN(input.write_at - input.read_at, INPUT_SIZE - at);
        ssize_t copied = iter_copy_to(to, input.bytes + at, n);
        if (copied <= 0)
            return done ? done : copied;
        input.read_at += (unsigned)copied;
        done += copied;
    }
    if ((int)(input.read_at - input.ready) > 0)
        input.ready = input.read_at;
    return done;
}

/* Non-canonical: at least VMIN bytes; VTIME (tenths of a second) starts at once when VMIN is 0, else behind each byte.
 */
static int wait_raw(struct file *f, size_t wanted)
{
    unsigned min = settings.c_cc[VMIN], seen = 0;
    uint64_t time = settings.c_cc[VTIME] * 100000000ul;
    uint64_t deadline = !min ? clock_monotonic() + time : NEVER;
    while (readable() < MIN(MAX(min, 1u), wanted)) {
        if (readable() != seen && time && min)
            deadline = clock_monotonic() + time;
        seen = readable();
        if (!min && !time)
            return 0;
        if (file_nonblock(f))
            return seen ? 0 : -EAGAIN;
        int err = waitq_sleep(&changed, deadline);
        if (err == -ETIMEDOUT)
            return 0;
        if (err)
            return readable() ? 0 : -ERESTARTSYS;
        if (is_canonical())
            return 0;
    }
    return 0;
}

static ssize_t tty_read(struct file *f, struct iter *to, loff_t pos)
{
    if (!to->left)
        return 0;
    if (!is_canonical()) {
        int err = wait_raw(f, to->left);
        return err ? err : read_raw(to);
    }
    while (!readable()) {
        if (file_nonblock(f))
            return -EAGAIN;
        if (waitq_sleep(&changed, NEVER))
            return -ERESTARTSYS;
        if (!is_canonical())
            return tty_read(f, to, pos);
    }
    return read_line(to);
}

static uint32_t tty_poll(struct file *f, struct waitq **q)
{
    *q = &changed;
    return POLLOUT | POLLWRNORM | (readable() ? POLLIN | POLLRDNORM : 0);
}

/* --- settings */

static int set_settings(uaddr_t arg, bool flush)
{
    struct linux_termios new;
    int err = user_read(&new, arg, sizeof new);
    if (err)
        return err;
    if (flush)
        flush_input();
    bool was_canonical = is_canonical();
    settings = new;
    if (was_canonical != is_canonical())
        input.ready = input.write_at; /* what was typed becomes readable as it is */
    if (readable())
        waitq_wake_all(&changed);
    return 0;
}

static long tty_ioctl(struct file *f, unsigned cmd, uaddr_t arg)
{
    switch (cmd) {
    case TCGETS:
        return user_put(arg, settings);
    case TCSETS:
    case TCSETSW:
    case TCSETSF:
        return set_settings(arg, cmd == TCSETSF);
    case TIOCGWINSZ:
        return user_put(arg, window);
    case TIOCSWINSZ:
        return user_read(&window, arg, sizeof window);
    case FIONREAD:
        return user_put(arg, (int)readable());
    case TIOCOUTQ:
        return user_put(arg, 0);
    case TIOCGPGRP:
    case TIOCGSID:
        return user_put(arg, 1); /* the one process leads the one group and session */
    case TCFLSH:
        if (arg != 1) /* TCOFLUSH: output never waits */
            flush_input();
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
