/* What was typed on the terminal: the line discipline of termios(3) with one line buffer. Bytes come from the console
 * driver's interrupt. */
#include "fs/tty.h"
#include "thread/signal.h"

#define INPUT_SIZE 4096u /* power of two */

/* Bytes [read_at, ready) can be read in canonical mode, [ready, write_at) is the line being typed. `ends` marks the
 * last byte of each line; an end of file is such a mark on a 0 byte that is not delivered. */
static struct {
    char bytes[INPUT_SIZE];
    uint8_t ends[INPUT_SIZE / 8];
    unsigned read_at, ready, write_at; /* counted on; taken modulo INPUT_SIZE */
} input;

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

unsigned tty_readable(void)
{
    return (tty_is_canonical() ? input.ready : input.write_at) - input.read_at;
}

void tty_keep_as_typed(void)
{
    input.ready = input.write_at;
}

/* --- typing */

static void echo(char c)
{
    if (!(tty_settings.c_lflag & ECHO) && !(c == '\n' && tty_settings.c_lflag & ECHONL && tty_is_canonical()))
        return;
    if ((uint8_t)c < 32 && c != '\n' && c != '\t' && tty_settings.c_lflag & ECHOCTL)
        tty_output((char[]){'^', (char)(c + 64)}, 2);
    else
        tty_output(&c, 1);
}

void tty_flush_input(void)
{
    input.read_at = input.ready = input.write_at;
}

static bool send_signal(char c)
{
    static const uint8_t keys[][2] = {{VINTR, SIGINT}, {VQUIT, SIGQUIT}, {VSUSP, SIGTSTP}};
    for (size_t n = 0; tty_settings.c_lflag & ISIG && n < ARRAY_LEN(keys); n++) {
        if (!c || (uint8_t)c != tty_settings.c_cc[keys[n][0]])
            continue;
        echo(c);
        if (!(tty_settings.c_lflag & NOFLSH))
            tty_flush_input();
        signal_send_process(keys[n][1]);
        return true;
    }
    return false;
}

static void erase(void)
{
    input.write_at--;
    if (tty_settings.c_lflag & ECHO)
        tty_output("\b \b", 3);
}

static bool edit_line(char c)
{
    const uint8_t *cc = tty_settings.c_cc;
    bool extended = tty_settings.c_lflag & IEXTEN;
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
    const uint8_t *cc = tty_settings.c_cc;
    if (tty_settings.c_iflag & ISTRIP)
        c &= 0x7f;
    if (c == '\r' && tty_settings.c_iflag & IGNCR)
        return;
    if (c == '\r' && tty_settings.c_iflag & ICRNL)
        c = '\n';
    else if (c == '\n' && tty_settings.c_iflag & INLCR)
        c = '\r';
    if (send_signal(c) || (tty_is_canonical() && edit_line(c)))
        return;
    if (tty_is_canonical() && c && (uint8_t)c == cc[VEOF]) {
        store(0, true);
    } else {
        bool end = c == '\n' || (c && ((uint8_t)c == cc[VEOL] || (uint8_t)c == cc[VEOL2]));
        echo(c);
        store(c, tty_is_canonical() && end);
    }
    if (tty_readable())
        waitq_wake(&tty_changed, POLLIN | POLLRDNORM, ~0u);
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

ssize_t tty_take(struct iter *to)
{
    return tty_is_canonical() ? read_line(to) : read_raw(to);
}
