/* One static program for both guests (unik and Linux) and, as the far end of a connection, for the host: moves data
 * through a disk or a network card, checks every word of it, and prints when each stretch begins and ends.
 *
 * "transfer disk PATH MIB SALT MODULE..." writes and reads in order, 128 KiB a request, past the page cache; then a
 * quarter of it through the cache.
 *
 * "transfer net HOST GUEST PORT MIB MODULE..." sends to HOST over TCP, then receives from it.
 *
 * "transfer peer PORT" is the host's side of that: it serves connections until it is killed.
 *
 * As process 1 of a Linux guest it first loads the modules and makes /dev; elsewhere their names are ignored. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "linux-init.h"

#define REQUEST (128u << 10)
#define WORDS (REQUEST / 8)
#define MIB (1ull << 20)

static uint64_t *buffer;
static uint64_t salt; // what an earlier run has left on the disk is not what this one writes
// The host takes the time when these lines arrive: a guest's clock is as good as its calibration on a busy machine.
static void begin(const char *what)
{
    printf("begin %s\n", what);
    fflush(stdout);
}

static void end(const char *what, uint64_t bytes)
{
    printf("end %s %llu\n", what, (unsigned long long)bytes);
    fflush(stdout);
}

// Each 512 bytes begin with where they belong; the rest differs from word to word.
static void fill_buffer(void)
{
    for (unsigned i = 0; i < WORDS; i++)
        buffer[i] = i * 0x9e3779b97f4a7c15u;
}

static void stamp(uint64_t offset)
{
    for (unsigned i = 0; i < WORDS; i += 64)
        buffer[i] = (offset + i * 8) ^ salt;
}

static uint64_t sum_words(unsigned from, unsigned to)
{
    uint64_t a = 0, b = 0;
    for (unsigned i = from; i < to; i += 2) {
        a += buffer[i];
        b += a ^ buffer[i + 1];
    }
    return a + b;
}

static uint64_t expected_sum(uint64_t offset)
{
    stamp(offset);
    return sum_words(0, WORDS);
}

static void check(uint64_t offset, uint64_t sum)
{
    for (unsigned i = 0; i < WORDS; i += 64)
        if (buffer[i] != ((offset + i * 8) ^ salt)) {
            printf("failed: wrong data at %llu\n", (unsigned long long)(offset + i * 8));
            finish(1);
        }
    uint64_t got = sum_words(0, WORDS);
    if (got != sum) {
        printf("failed: wrong checksum at %llu\n", (unsigned long long)offset);
        finish(1);
    }
}

static void disk_write(const char *path, const char *what, uint64_t size, int flags)
{
    int fd = open(path, O_RDWR | flags);
    if (fd < 0)
        fail("open");
    fill_buffer();
    begin(what);
    for (uint64_t at = 0; at < size; at += REQUEST) {
        stamp(at);
        if (pwrite(fd, buffer, REQUEST, (off_t)at) != REQUEST)
            fail("write");
    }
    if (fsync(fd))
        fail("fsync");
    end(what, size);
    close(fd);
}

static void disk_read(const char *path, const char *what, uint64_t size, int flags)
{
    int fd = open(path, O_RDONLY | flags);
    if (fd < 0)
        fail("open");
    uint64_t *sums = malloc(size / REQUEST * sizeof *sums);
    fill_buffer();
    for (uint64_t at = 0; at < size; at += REQUEST)
        sums[at / REQUEST] = expected_sum(at);
    begin(what);
    for (uint64_t at = 0; at < size; at += REQUEST) {
        if (pread(fd, buffer, REQUEST, (off_t)at) != REQUEST)
            fail("read");
        check(at, sums[at / REQUEST]);
    }
    end(what, size);
    free(sums);
    close(fd);
}

static void drop_caches(void)
{
    int fd = own_linux ? open("/proc/sys/vm/drop_caches", O_WRONLY) : -1;
    if (fd >= 0 && write(fd, "1", 1) != 1)
        fail("drop_caches");
    close(fd);
}

static void disk(const char *path, uint64_t size)
{
    struct stat s;
    for (int i = 0; stat(path, &s) && i < 1000; i++)
        usleep(10000);
    disk_write(path, "write", size, O_DIRECT);
    disk_read(path, "read", size, O_DIRECT);
    drop_caches();
    disk_read(path, "cached-read", size / 4, 0);
    salt = ~salt;
    disk_write(path, "cached-write", size / 4, 0);
    disk_read(path, "verify", size / 4, O_DIRECT);
}

static void send_all(int fd, uint64_t size)
{
    fill_buffer();
    for (uint64_t at = 0; at < size; at += REQUEST) {
        stamp(at);
        for (size_t done = 0; done < REQUEST;) {
            ssize_t n = send(fd, (char *)buffer + done, REQUEST - done, MSG_NOSIGNAL);
            if (n <= 0)
                fail("send");
            done += (size_t)n;
        }
    }
}

static void receive_all(int fd, uint64_t size)
{
    fill_buffer();
    uint64_t rest = 0; // of the checksum: the stamps alone change from request to request
    for (unsigned i = 0; i < WORDS; i++)
        rest += i % 64 ? buffer[i] : 0;
    for (uint64_t at = 0; at < size; at += REQUEST) {
        for (size_t done = 0; done < REQUEST;) {
            ssize_t n = recv(fd, (char *)buffer + done, REQUEST - done, 0);
            if (n <= 0)
                fail("recv");
            done += (size_t)n;
        }
        uint64_t sum = 0;
        for (unsigned i = 0; i < WORDS; i++)
            sum += buffer[i];
        for (unsigned i = 0; i < WORDS; i += 64) {
            sum -= buffer[i];
            if (buffer[i] != ((at + i * 8) ^ salt))
                sum = ~rest;
        }
        if (sum != rest) {
            printf("failed: wrong data at %llu\n", (unsigned long long)at);
            finish(1);
        }
    }
}

struct order {
    uint64_t size, guest_sends;
};

static int connect_to(const char *host, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    inet_pton(AF_INET, host, &to.sin_addr);
    for (int i = 0; i < 100; i++) {
        int fd = socket(AF_INET, SOCK_STREAM, 0);
        if (!connect(fd, (struct sockaddr *)&to, sizeof to))
            return fd;
        close(fd);
        usleep(100000);
    }
    fail("connect");
}

static void move_over(const char *host, int port, const char *what, uint64_t size, int guest_sends)
{
    struct order order = {size, (uint64_t)guest_sends};
    char byte;
    int fd = connect_to(host, port);
    if (send(fd, &order, sizeof order, 0) != sizeof order || recv(fd, &byte, 1, 0) != 1)
        fail("order");
    begin(what);
    if (guest_sends) {
        send_all(fd, size);
        if (recv(fd, &byte, 1, 0) != 1) // the far end has checked all of it
            fail("answer");
    } else {
        receive_all(fd, size);
    }
    end(what, size);
    close(fd);
}

static void peer(int port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int listener = socket(AF_INET, SOCK_STREAM, 0), one = 1;
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&at, sizeof at) || listen(listener, 4))
        fail("listen");
    for (;;) {
        struct order order;
        int fd = accept(listener, NULL, NULL);
        if (fd < 0 || recv(fd, &order, sizeof order, MSG_WAITALL) != sizeof order || send(fd, "", 1, 0) != 1)
            fail("order");
        if (order.guest_sends) {
            receive_all(fd, order.size);
            if (send(fd, "", 1, MSG_NOSIGNAL) != 1)
                fail("answer");
        } else {
            send_all(fd, order.size);
        }
        close(fd);
    }
}

int main(int argc, char **argv)
{
    if (posix_memalign((void **)&buffer, 4096, REQUEST) || argc < 3 || (!strcmp(argv[1], "disk") && argc < 5))
        return 2;
    int is_net = !strcmp(argv[1], "net");
    if (linux_init(argv + (is_net ? 6 : 5)) && is_net)
        linux_set_address("eth0", argv[3]);
    if (!strcmp(argv[1], "disk")) {
        salt = strtoull(argv[4], NULL, 10) << 48;
        disk(argv[2], strtoull(argv[3], NULL, 10) * MIB);
    } else if (is_net) {
        uint64_t size = strtoull(argv[5], NULL, 10) * MIB;
        move_over(argv[2], atoi(argv[4]), "send", size, 1);
        move_over(argv[2], atoi(argv[4]), "receive", size, 0);
    } else {
        peer(atoi(argv[2]));
    }
    printf("all of it is right\n");
    finish(0);
}
