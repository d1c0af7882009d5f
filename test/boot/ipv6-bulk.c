// Over TCP and IPv6, each way in turn, every byte checked. Without arguments it is the guest's /init and serves one
// client; with a link-local address and an interface's name it is that client, and says "all of it is right".
#include <arpa/inet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SIZE (16u << 20)
#define PORT 8080

static uint8_t pattern(uint32_t i)
{
    return (uint8_t)(i * 197 + (i >> 9));
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static void send_all(int fd)
{
    static uint8_t chunk[65536];
    for (uint32_t at = 0; at < SIZE; at += sizeof chunk) {
        for (uint32_t i = 0; i < sizeof chunk; i++)
            chunk[i] = pattern(at + i);
        for (size_t done = 0; done < sizeof chunk;) {
            ssize_t n = send(fd, chunk + done, sizeof chunk - done, MSG_NOSIGNAL);
            if (n <= 0)
                fail("send");
            done += (size_t)n;
        }
    }
}

static void receive_all(int fd)
{
    static uint8_t chunk[65536];
    for (uint32_t at = 0; at < SIZE;) {
        ssize_t n = recv(fd, chunk, sizeof chunk < SIZE - at ? sizeof chunk : SIZE - at, 0);
        if (n <= 0)
            fail("recv");
        for (ssize_t i = 0; i < n; i++, at++)
            if (chunk[i] != pattern(at)) {
                fprintf(stderr, "byte %u is wrong\n", at);
                exit(1);
            }
    }
}

static void serve(void)
{
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    if (bind(fd, (void *)&any, sizeof any) || listen(fd, 1))
        fail("listen");
    int client = accept(fd, NULL, NULL);
    if (client < 0)
        fail("accept");
    send_all(client);
    receive_all(client);
    close(client);
}

static void ask(const char *address, const char *interface)
{
    struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_port = htons(PORT)};
    to.sin6_scope_id = if_nametoindex(interface);
    if (inet_pton(AF_INET6, address, &to.sin6_addr) != 1)
        fail(address);
    int fd = -1;
    for (int tries = 0; tries < 200 && fd < 0; tries++) { // until the guest is up
        fd = socket(AF_INET6, SOCK_STREAM, 0);
        if (connect(fd, (void *)&to, sizeof to)) {
            close(fd);
            fd = -1;
            usleep(100000);
        }
    }
    if (fd < 0)
        fail("connect");
    receive_all(fd);
    send_all(fd);
    char byte;
    if (recv(fd, &byte, 1, 0) != 0)
        fail("the end");
    puts("all of it is right");
}

int main(int argc, char **argv)
{
    if (argc == 3)
        ask(argv[1], argv[2]);
    else
        serve();
}
