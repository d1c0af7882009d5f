/* What the soak asks (an HTTP server in one thread, level-triggered epoll): GET /?n=N is answered with "hello N",
 * /file?n=N with N bytes that went through a file in a folder of its own, /memory with /proc/meminfo. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define PORT 8080
#define MOST 65536

struct client {
    int fd;
    size_t asked, answered, length; /* bytes of the request; of the answer that went out, and of all of it */
    char request[1024], *answer;
};

static int epoll;
static char body[MOST];

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static size_t through_file(size_t n)
{
    static unsigned long files;
    char folder[64], name[80];
    snprintf(folder, sizeof folder, "/tmp/soak-%lu", files++);
    snprintf(name, sizeof name, "%s/data", folder);
    memset(body, 'x', n);
    int fd = mkdir(folder, 0700) ? -1 : open(name, O_CREAT | O_EXCL | O_RDWR, 0600);
    if (fd < 0 || write(fd, body, n) != (ssize_t)n)
        fail(name);
    memset(body, 0, n);
    if (pread(fd, body, n, 0) != (ssize_t)n || close(fd) || unlink(name) || rmdir(folder))
        fail(name);
    return n;
}

static size_t memory(void)
{
    int fd = open("/proc/meminfo", O_RDONLY);
    ssize_t n = read(fd, body, sizeof body);
    if (n < 0 || close(fd))
        fail("/proc/meminfo");
    return (size_t)n;
}

static size_t make_body(const char *path)
{
    size_t n;
    if (sscanf(path, "/file?n=%zu", &n) == 1 && n <= MOST)
        return through_file(n);
    if (!strncmp(path, "/memory", 7))
        return memory();
    return sscanf(path, "/?n=%zu", &n) == 1 ? (size_t)sprintf(body, "hello %zu", n) : 0;
}

static void watch(struct client *c, int operation, unsigned events)
{
    if (epoll_ctl(epoll, operation, c->fd, &(struct epoll_event){.events = events, .data.ptr = c}))
        fail("epoll_ctl");
}

static void end(struct client *c)
{
    close(c->fd);
    free(c->answer);
    free(c);
}

static int send_more(struct client *c)
{
    while (c->answered < c->length) {
        ssize_t n = send(c->fd, c->answer + c->answered, c->length - c->answered, MSG_NOSIGNAL);
        if (n < 0)
            return errno == EAGAIN ? 0 : -1;
        c->answered += (size_t)n;
    }
    free(c->answer);
    c->answer = NULL;
    c->asked = 0;
    watch(c, EPOLL_CTL_MOD, EPOLLIN);
    return 0;
}

static int answer(struct client *c)
{
    size_t n = make_body(c->request + 4);
    c->answer = malloc(n + 128);
    if (!c->answer)
        fail("malloc");
    size_t head = (size_t)sprintf(c->answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", n);
    memcpy(c->answer + head, body, n);
    c->length = head + n;
    c->answered = 0;
    watch(c, EPOLL_CTL_MOD, EPOLLOUT);
    return send_more(c);
}

static int read_more(struct client *c)
{
    ssize_t n = recv(c->fd, c->request + c->asked, sizeof c->request - 1 - c->asked, 0);
    if (n <= 0)
        return n < 0 && errno == EAGAIN ? 0 : -1;
    c->asked += (size_t)n;
    c->request[c->asked] = 0;
    if (strstr(c->request, "\r\n\r\n"))
        return answer(c);
    return c->asked < sizeof c->request - 1 ? 0 : -1;
}

static void take_one(int listener)
{
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK);
    if (fd < 0)
        return; /* gone again */
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        fail("calloc");
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    c->fd = fd;
    watch(c, EPOLL_CTL_ADD, EPOLLIN);
}

int main(void)
{
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons(PORT)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
    struct epoll_event events[64], to_listener = {.events = EPOLLIN};
    epoll = epoll_create1(0);
    signal(SIGTERM, _exit);
    if (bind(listener, (void *)&any, sizeof any) || listen(listener, 128) ||
        epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &to_listener))
        fail("listen");
    for (;;) {
        int n = epoll_wait(epoll, events, 64, -1);
        for (int i = 0; i < n; i++) {
            struct client *c = events[i].data.ptr;
            if (!c)
                take_one(listener);
            else if (c->answer ? send_more(c) : read_more(c))
                end(c);
        }
    }
}
