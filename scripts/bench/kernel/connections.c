/* Many TCP connections open at once: all are accepted, then each answers one request. Memory before and after is told.
 */
#include "bench.h"
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#define REQUEST "GET / HTTP/1.1\r\nHost: unik\r\n\r\n"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"

static long available_kib(void)
{
    char line[128];
    long kib = -1;
    FILE *f = fopen("/proc/meminfo", "r");
    while (f && fgets(line, sizeof line, f) && sscanf(line, "MemFree: %ld", &kib) != 1)
        ;
    if (f)
        fclose(f);
    return kib;
}

static void note(const char *when)
{
    printf("%s %ld KiB free\n", when, available_kib());
    fflush(stdout);
}

static int listen_at(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    CHECK(!bind(listener, (struct sockaddr *)&at, sizeof at) && !listen(listener, 511));
    return listener;
}

static void accept_all(int ep, int listener, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        int fd = accept(listener, NULL, NULL);
        CHECK(fd >= 0);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
        CHECK(!epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
    }
}

/* The far end sends nothing before it has seen "go": on each connection, when all are open. */
void serve_connections(int port, unsigned count)
{
    struct epoll_event got[64];
    char request[512];
    int ep = epoll_create1(0), listener = listen_at(port);
    note("listening");
    accept_all(ep, listener, count);
    note("accepted");
    for (unsigned answered = 0; answered < count;) {
        int n = epoll_wait(ep, got, 64, -1);
        for (int i = 0; i < n; i++, answered++) {
            int fd = got[i].data.fd;
            CHECK(read(fd, request, sizeof request) == sizeof REQUEST - 1);
            CHECK(write(fd, ANSWER, sizeof ANSWER - 1) == sizeof ANSWER - 1);
        }
    }
    note("answered");
    while (epoll_wait(ep, got, 1, 0) == 0) /* until the far end hangs up */
        epoll_wait(ep, got, 1, 1000);
}

static int connect_to(const char *host, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, host, &to.sin_addr);
    for (int i = 0;; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        CHECK(fd >= 0 && i < 600);
        if (!connect(fd, (struct sockaddr *)&to, sizeof to))
            return fd;
        close(fd);
        usleep(100000);
    }
}

void open_connections(const char *host, int port, unsigned count)
{
    int *fds = malloc(count * sizeof *fds);
    char answer[512];
    for (unsigned i = 0; i < count; i++)
        fds[i] = connect_to(host, port);
    for (unsigned i = 0; i < count; i++)
        CHECK(write(fds[i], REQUEST, sizeof REQUEST - 1) == sizeof REQUEST - 1);
    for (unsigned i = 0; i < count; i++)
        CHECK(read(fds[i], answer, sizeof answer) == sizeof ANSWER - 1);
}
