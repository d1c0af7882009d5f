/* epoll(7): epolls that hold each other in very many ways. Linux allows some of them only (EINVAL, ELOOP); whatever is
 * allowed takes no longer than there are registrations. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define LAYERS 6
#define WIDTH 24

static int layers[LAYERS][WIDTH];

static int add(int ep, int fd)
{
    struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e);
}

/* Every epoll of a layer holds every one of the layer below. */
static void connect_layers(int above, int below)
{
    for (int i = 0; i < WIDTH; i++)
        for (int k = 0; k < WIDTH; k++)
            CHECK(add(layers[above][i], layers[below][k]) == 0 || errno == EINVAL || errno == ELOOP);
}

int main(void)
{
    struct epoll_event out[WIDTH];
    int leaf = eventfd(0, EFD_NONBLOCK);
    eventfd_t value;
    for (int layer = 0; layer < LAYERS; layer++)
        for (int i = 0; i < WIDTH; i++)
            CHECK((layers[layer][i] = epoll_create1(0)) >= 0);
    for (int i = 0; i < WIDTH; i++)
        CHECK(add(layers[0][i], leaf) == 0);
    for (int layer = 1; layer < LAYERS; layer++)
        connect_layers(layer, layer - 1);
    CHECK(add(layers[0][0], layers[1][0]) == -1 && (errno == ELOOP || errno == EINVAL));
    for (int round = 0; round < 3; round++) {
        CHECK(eventfd_write(leaf, 1) == 0);
        CHECK(epoll_wait(layers[1][0], out, WIDTH, 0) == WIDTH);
        for (int i = 0; i < WIDTH; i++)
            CHECK(epoll_wait(layers[0][i], out, WIDTH, 0) == 1 && out[0].data.fd == leaf);
        CHECK(eventfd_read(leaf, &value) == 0);
        for (int layer = 0; layer < LAYERS; layer++)
            CHECK(epoll_wait(layers[layer][0], out, WIDTH, 0) == 0);
    }
    puts("OK");
    return 0;
}
