/* fs/tty.c: lines are edited and come whole, signals come from keys, raw input comes as it is. */
#include "files-host.h"
#include "fs/tty.c"
#include "fs/tty-input.c"

struct inode *vfs_root, *vfs_cwd;
unsigned boot_reached;
void boot_mark(const char *name)
{
}
static char output[256];
static size_t output_len;
void console_write(const char *s, size_t n)
{
    CHECK(output_len + n < sizeof output);
    memcpy(output + output_len, s, n);
    output_len += n;
}

static struct file file = {.ops = &tty_file_ops, .flags = O_RDWR | O_NONBLOCK};

static void type(const char *s)
{
    while (*s)
        console_input(*s++);
}

static bool reads(const char *expected)
{
    char buf[64] = {0};
    struct iter it;
    iter_kernel(&it, buf, sizeof buf - 1);
    ssize_t n = tty_read(&file, &it, 0);
    return n == (ssize_t)strlen(expected) && !strcmp(buf, expected);
}

static ssize_t read_error(void)
{
    char c;
    struct iter it;
    iter_kernel(&it, &c, 1);
    return tty_read(&file, &it, 0);
}

static bool wrote(const char *expected)
{
    bool same = output_len == strlen(expected) && !memcmp(output, expected, output_len);
    output_len = 0;
    return same;
}

static void print(const char *s)
{
    struct iter it;
    iter_kernel(&it, (char *)s, strlen(s));
    CHECK(tty_write(&file, &it, 0) == (ssize_t)strlen(s));
}

static void change(uint32_t iflag, uint32_t oflag, uint32_t lflag)
{
    struct linux_termios new = tty_settings;
    new.c_iflag = iflag;
    new.c_oflag = oflag;
    new.c_lflag = lflag;
    CHECK(tty_ioctl(&file, TCSETS, (uaddr_t) & new) == 0);
}

static void lines(void)
{
    struct waitq *q;
    CHECK(read_error() == -EAGAIN);
    type("half");
    CHECK(read_error() == -EAGAIN && tty_poll(&file, &q) == (POLLOUT | POLLWRNORM));
    type(" a line\rnext\n");
    CHECK(tty_poll(&file, &q) & POLLIN && reads("half a line\n") && reads("next\n") && read_error() == -EAGAIN);
    type("wrong\x7f\x7f\x7f\x7f\x7fright\n");
    CHECK(reads("right\n"));
    type("all of this\x15\x7fkept\n");
    CHECK(reads("kept\n"));
    type("two words  \x17rest\n");
    CHECK(reads("two rest\n"));
    type("end\x04");
    CHECK(reads("end"));
    type("\x04");
    CHECK(reads("") && read_error() == -EAGAIN);
    type("lost\x03");
    CHECK(signals == 1);
    type("kept\n");
    CHECK(reads("kept\n") && wrote(""));
    for (int n = 0; n < 10000; n++)
        console_input('x'); /* more than fits: the line still ends */
    console_input('\n');
    size_t total = 0;
    while (reads("xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"))
        total += 63;
    CHECK(total > 3900 && input.read_at == input.ready && input.ready == input.write_at);
}

static void output_modes(void)
{
    print("a\nb\n");
    CHECK(wrote("a\nb\n"));
    change(ICRNL, OPOST | ONLCR, ISIG | ICANON);
    print("a\nb\n\n");
    CHECK(wrote("a\r\nb\r\n\r\n"));
    change(ICRNL, OPOST, ISIG | ICANON | ECHO | ECHOE | ECHOCTL);
    type("hi\x7f\x01\n");
    CHECK(wrote("hi\b \b^A\n") && reads("h\x01\n"));
    type("\x03");
    CHECK(signals == 2 && wrote("^C"));
}

static void raw(void)
{
    change(0, 0, ICANON);
    type("typed");
    change(0, 0, 0);
    CHECK(reads("typed")); /* before the change, and not yet a line */
    type("a\r\x03\x04");
    CHECK(signals == 2 && reads("a\r\x03\x04") && read_error() == -EAGAIN);
    tty_settings.c_cc[VMIN] = 0;
    CHECK(read_error() == 0);
    tty_settings.c_cc[VMIN] = 3;
    type("x");
    CHECK(reads("x")); /* non-blocking: what is there */
    int n;
    type("four");
    CHECK(tty_ioctl(&file, FIONREAD, (uaddr_t)&n) == 0 && n == 4);
    CHECK(tty_ioctl(&file, TCFLSH, 0) == 0 && tty_ioctl(&file, FIONREAD, (uaddr_t)&n) == 0 && n == 0);
    tty_settings.c_cc[VMIN] = 1;
    change(ICRNL, OPOST, ISIG | ICANON);
    type("line again\n");
    CHECK(reads("line again\n"));
    CHECK(tty_ioctl(&file, 0x1234, 0) == -ENOTTY);
}

int main(void)
{
    lines();
    output_modes();
    raw();
    return 0;
}
