/* Descriptors travel over AF_UNIX sockets (SCM_RIGHTS) and refer to the same open file; what has no room is cut and
 * closed; credentials come when asked for. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Each failed check ends the test with a number of its own. */
#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        int number = __COUNTER__ + 1;                                                                                  \
        if (!(cond)) {                                                                                                 \
            printf("check %d, line %d: not true: %s (errno %d)\n", number, __LINE__, #cond, errno);                    \
            fflush(stdout);                                                                                            \
            _exit(number);                                                                                             \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((errno = 0, (call) == -1) && errno == (error))

static int s[2];

static ssize_t send_fds(int via, const int *fds, int count, const char *text)
{
    char control[CMSG_SPACE(8 * sizeof(int))] = {0};
    struct iovec v = {(char *)text, strlen(text)};
    struct msghdr m = {
        .msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = CMSG_SPACE(count * sizeof(int))};
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *c = (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(count * sizeof(int))};
    memcpy(CMSG_DATA(c), fds, count * sizeof(int));
    return sendmsg(via, &m, 0);
}

/* Bytes read; *count: how many descriptors came. */
static ssize_t receive_fds(int via, int *fds, int room, int *count, int flags, int *out_flags)
{
    char control[CMSG_SPACE(8 * sizeof(int))], text[32];
    struct iovec v = {text, sizeof text};
    struct msghdr m = {.msg_iov = &v,
                       .msg_iovlen = 1,
                       .msg_control = control,
                       .msg_controllen = room ? CMSG_LEN(room * sizeof(int)) : 0};
    ssize_t n = recvmsg(via, &m, flags);
    struct cmsghdr *c = CMSG_FIRSTHDR(&m);
    *count = 0;
    if (n >= 0 && c && c->cmsg_type == SCM_RIGHTS) {
        *count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        memcpy(fds, CMSG_DATA(c), *count * sizeof(int));
    }
    *out_flags = m.msg_flags;
    return n;
}

static void a_pipe_can_be_handed_over(void)
{
    int p[2], got[8], count, flags;
    char buf[8];
    CHECK(pipe(p) == 0 && send_fds(s[0], p, 2, "two") == 3 && close(p[0]) == 0 && close(p[1]) == 0);
    CHECK(receive_fds(s[1], got, 4, &count, MSG_CMSG_CLOEXEC, &flags) == 3 && count == 2);
    CHECK(flags == MSG_CMSG_CLOEXEC && fcntl(got[0], F_GETFD) == FD_CLOEXEC);
    CHECK(write(got[1], "pipe", 4) == 4 && read(got[0], buf, 8) == 4);
    close(got[0]), close(got[1]);
}

static void a_read_ends_with_the_bytes_that_brought_descriptors(void)
{
    int got[8], count, flags, zero = 0;
    CHECK(write(s[0], "plain", 5) == 5 && send_fds(s[0], &zero, 1, "with") == 4 && write(s[0], "after", 5) == 5);
    CHECK(receive_fds(s[1], got, 4, &count, 0, &flags) == 9 && count == 1);
    CHECK(receive_fds(s[1], got + 1, 4, &count, 0, &flags) == 5 && count == 0);
    close(got[0]);
}

static void what_has_no_room_is_closed(void)
{
    int p[2], got[8], count, flags;
    char c;
    CHECK(pipe(p) == 0 && send_fds(s[0], p, 2, "x") == 1 && close(p[1]) == 0);
    CHECK(receive_fds(s[1], got, 1, &count, 0, &flags) == 1 && count == 1 && flags & MSG_CTRUNC);
    CHECK(close(got[0]) == 0 && read(p[0], &c, 1) == 0); /* the writing end is gone everywhere */
    close(p[0]);
    int zero = 0;
    CHECK(send_fds(s[0], &zero, 1, "x") == 1 && read(s[1], &c, 1) == 1);
}

static void unread_descriptors_are_closed_with_the_socket(void)
{
    int p[2], t[2];
    char c;
    CHECK(pipe(p) == 0 && socketpair(AF_UNIX, SOCK_STREAM, 0, t) == 0);
    CHECK(send_fds(t[0], p + 1, 1, "x") == 1 && close(p[1]) == 0 && close(t[0]) == 0 && close(t[1]) == 0);
    CHECK(read(p[0], &c, 1) == 0);
    close(p[0]);
}

static void bad_descriptors_are_refused(void)
{
    int bad = 99;
    FAILS(send_fds(s[0], &bad, 1, "x"), EBADF);
    char c;
    FAILS(recv(s[1], &c, 1, MSG_DONTWAIT), EAGAIN);
}

static void credentials_come_when_asked_for(void)
{
    int on = 1, t[2];
    char control[CMSG_SPACE(sizeof(struct ucred))], c;
    struct iovec v = {&c, 1};
    struct msghdr m = {.msg_iov = &v, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct ucred u;
    socklen_t len = sizeof u;
    CHECK(socketpair(AF_UNIX, SOCK_DGRAM, 0, t) == 0);
    CHECK(getsockopt(t[0], SOL_SOCKET, SO_PEERCRED, &u, &len) == 0 && u.pid == getpid() && u.uid == getuid());
    CHECK(setsockopt(t[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0);
    CHECK(send(t[0], "x", 1, 0) == 1 && recvmsg(t[1], &m, 0) == 1);
    struct cmsghdr *h = CMSG_FIRSTHDR(&m);
    CHECK(h && h->cmsg_type == SCM_CREDENTIALS && h->cmsg_len == CMSG_LEN(sizeof u));
    memcpy(&u, CMSG_DATA(h), sizeof u);
    CHECK(u.pid == getpid() && u.uid == getuid() && u.gid == getgid());
    close(t[0]), close(t[1]);
}

int main(void)
{
    alarm(20);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
    a_pipe_can_be_handed_over();
    a_read_ends_with_the_bytes_that_brought_descriptors();
    what_has_no_room_is_closed();
    unread_descriptors_are_closed_with_the_socket();
    bad_descriptors_are_refused();
    credentials_come_when_asked_for();
    puts("OK");
    return 0;
}
