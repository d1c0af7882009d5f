/* A reader with a small receive buffer: as soon as it has read, the peer hears that there is room again. If it had to
 * find out by itself each time that the window is full, by its persist timer, this would take minutes. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define CHECK(n, cond)                                                                                                 \
    do {                                                                                                               \
        if (!(cond)) {                                                                                                 \
            printf("check %d: %s\n", n, #cond);                                                                        \
            _exit(n);                                                                                                  \
        }                                                                                                              \
    } while (0)

#define TOTAL (4 << 20)
#define PIECE 3000

static struct sockaddr_in address = {.sin_family = AF_INET};

static void *send_all(void *arg)
{
    static unsigned char data[TOTAL];
    for (unsigned i = 0; i < TOTAL; i++)
        data[i] = (unsigned char)(i * 7 + (i >> 12));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    CHECK(10, connect(fd, (struct sockaddr *)&address, sizeof address) == 0);
    CHECK(11, write(fd, data, TOTAL) == TOTAL);
    close(fd);
    return arg;
}

static void receive_all(int fd)
{
    unsigned char piece[PIECE];
    unsigned done = 0;
    for (ssize_t n; (n = read(fd, piece, sizeof piece)) != 0; done += (unsigned)n) {
        CHECK(20, n > 0);
        for (unsigned i = 0; i < (unsigned)n; i++)
            CHECK(21, piece[i] == (unsigned char)((done + i) * 7 + ((done + i) >> 12)));
    }
    CHECK(22, done == TOTAL);
}

int main(void)
{
    alarm(25);
    int listener = socket(AF_INET, SOCK_STREAM, 0), small = 2304;
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(1, setsockopt(listener, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
    CHECK(2, bind(listener, (struct sockaddr *)&address, len) == 0 && listen(listener, 1) == 0);
    CHECK(3, getsockname(listener, (struct sockaddr *)&address, &len) == 0);
    pthread_t sender;
    CHECK(4, pthread_create(&sender, NULL, send_all, NULL) == 0);
    int fd = accept(listener, NULL, NULL);
    CHECK(5, fd >= 0);
    usleep(100000); /* the window is full */
    receive_all(fd);
    pthread_join(sender, NULL);
    puts("OK");
    return 0;
}
