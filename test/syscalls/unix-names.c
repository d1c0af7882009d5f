/* AF_UNIX sockets with names: in the file system and abstract; listen, connect and accept; datagrams with a return
 * address; the errors of names that are taken, gone or of another type. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
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

#define PATH "/tmp/unix-names-test"

static socklen_t named(struct sockaddr_un *a, const char *path, int abstract)
{
    *a = (struct sockaddr_un){.sun_family = AF_UNIX};
    strcpy(a->sun_path + abstract, path);
    return offsetof(struct sockaddr_un, sun_path) + strlen(path) + 1;
}

static void a_path_names_a_stream(void)
{
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c = socket(AF_UNIX, SOCK_STREAM, 0),
        other = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a, found;
    socklen_t len = named(&a, PATH, 0), got = sizeof found;
    struct stat st;
    char buf[8];
    unlink(PATH);
    FAILS(connect(c, (void *)&a, len), ENOENT);
    FAILS(listen(l, 1), EINVAL);
    CHECK(bind(l, (void *)&a, len) == 0 && stat(PATH, &st) == 0 && S_ISSOCK(st.st_mode));
    FAILS(bind(other, (void *)&a, len), EADDRINUSE);
    FAILS(connect(c, (void *)&a, len), ECONNREFUSED);
    int d = socket(AF_UNIX, SOCK_DGRAM, 0);
    FAILS(connect(d, (void *)&a, len), EPROTOTYPE);
    close(d);
    CHECK(listen(l, 1) == 0 && connect(c, (void *)&a, len) == 0);
    FAILS(connect(c, (void *)&a, len), EISCONN);
    CHECK(getpeername(c, (void *)&found, &got) == 0 && got == len && !strcmp(found.sun_path, PATH));
    CHECK(write(c, "early", 5) == 5);
    struct pollfd p = {l, POLLIN | POLLOUT, 0};
    CHECK(poll(&p, 1, 1000) == 1 && p.revents == POLLIN);
    got = sizeof found;
    int s = accept(l, (void *)&found, &got);
    CHECK(s >= 0 && got == 2 && read(s, buf, 8) == 5);
    got = sizeof found;
    CHECK(getsockname(s, (void *)&found, &got) == 0 && !strcmp(found.sun_path, PATH));
    CHECK(close(l) == 0 && write(s, "x", 1) == 1 && read(c, buf, 1) == 1);
    FAILS(connect(other, (void *)&a, len), ECONNREFUSED);
    CHECK(unlink(PATH) == 0);
    close(s), close(c), close(other);
}

static void abstract_names_need_no_file(void)
{
    int l = socket(AF_UNIX, SOCK_SEQPACKET, 0), c = socket(AF_UNIX, SOCK_SEQPACKET, 0),
        d = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a;
    socklen_t len = named(&a, "unix names test", 1);
    CHECK(bind(l, (void *)&a, len) == 0 && listen(l, 1) == 0);
    FAILS(connect(d, (void *)&a, len), ECONNREFUSED); /* every type has its own names */
    FAILS(bind(c, (void *)&a, len), EADDRINUSE);
    a.sun_path[1]++;
    FAILS(bind(l, (void *)&a, len), EINVAL);
    a.sun_path[1]--;
    CHECK(connect(c, (void *)&a, len) == 0);
    int s = accept(l, NULL, NULL);
    char buf[8];
    CHECK(s >= 0 && send(c, "ab", 2, 0) == 2 && send(c, "c", 1, 0) == 1 && recv(s, buf, 8, 0) == 2 &&
          recv(s, buf, 8, 0) == 1);
    close(l);
    len = named(&a, "unix names tess", 1);
    FAILS(connect(d, (void *)&a, len), ECONNREFUSED);
    close(s), close(c), close(d);
}

static void datagrams_have_a_return_address(void)
{
    int s = socket(AF_UNIX, SOCK_DGRAM, 0), c = socket(AF_UNIX, SOCK_DGRAM, 0);
    struct sockaddr_un a, b = {.sun_family = AF_UNIX}, from;
    socklen_t len = named(&a, "unix names server", 1), got = sizeof from;
    char buf[8];
    CHECK(bind(s, (void *)&a, len) == 0);
    CHECK(sendto(c, "q", 1, 0, (void *)&a, len) == 1 && recvfrom(s, buf, 8, 0, (void *)&from, &got) == 1 && got == 0);
    CHECK(bind(c, (void *)&b, sizeof b.sun_family) == 0); /* the kernel chooses an abstract name */
    CHECK(connect(c, (void *)&a, len) == 0 && send(c, "query", 5, 0) == 5);
    got = sizeof from;
    CHECK(recvfrom(s, buf, 8, 0, (void *)&from, &got) == 5 && got == 8 && from.sun_path[0] == 0);
    CHECK(sendto(s, "answer", 6, 0, (void *)&from, got) == 6 && recv(c, buf, 8, 0) == 6);
    CHECK(close(s) == 0);
    FAILS(send(c, "x", 1, 0), ECONNREFUSED);
    close(c);
}

static void the_queue_of_a_listener_is_limited(void)
{
    int l = socket(AF_UNIX, SOCK_STREAM, 0), c[3];
    struct sockaddr_un a;
    socklen_t len = named(&a, "unix names queue", 1);
    CHECK(bind(l, (void *)&a, len) == 0 && listen(l, 1) == 0);
    for (int i = 0; i < 3; i++)
        c[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
    CHECK(connect(c[0], (void *)&a, len) == 0 && connect(c[1], (void *)&a, len) == 0);
    FAILS(connect(c[2], (void *)&a, len), EAGAIN);
    int s = accept(l, NULL, NULL);
    CHECK(s >= 0 && connect(c[2], (void *)&a, len) == 0);
    close(l);
    char x;
    FAILS(recv(c[1], &x, 1, 0), ECONNRESET);
    for (int i = 0; i < 3; i++)
        close(c[i]);
    close(s);
}

static void addresses_are_checked(void)
{
    int s = socket(AF_UNIX, SOCK_STREAM, 0);
    struct sockaddr_un a;
    socklen_t len = named(&a, "/no/such/folder/socket", 0);
    FAILS(bind(s, (void *)&a, len), ENOENT);
    FAILS(bind(s, (void *)&a, 111), EINVAL);
    FAILS(bind(s, (void *)&a, 1), EINVAL);
    a.sun_family = AF_INET;
    FAILS(bind(s, (void *)&a, len), EINVAL);
    char c;
    FAILS(read(s, &c, 1), EINVAL);
    FAILS(send(s, "x", 1, MSG_NOSIGNAL), ENOTCONN);
    struct pollfd p = {s, POLLIN | POLLOUT, 0};
    CHECK(poll(&p, 1, 0) == 1 && p.revents == (POLLOUT | POLLHUP));
    close(s);
}

int main(void)
{
    alarm(20);
    a_path_names_a_stream();
    abstract_names_need_no_file();
    datagrams_have_a_return_address();
    the_queue_of_a_listener_is_limited();
    addresses_are_checked();
    puts("OK");
    return 0;
}
