/* A wire between a tap of this host and a machine whose network card is a UDP socket (QEMU's -netdev socket,udp=): it
 * loses, doubles, delays and damages frames, each way alike.
 *
 * "wire TAP OWN-PORT MACHINE-PORT LOSS DUPLICATION REORDERING DAMAGE": ports of 127.0.0.1, of 1,000 frames so many.
 * Runs until SIGTERM, then says on standard error what it did. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define FRAME 2048
#define HELD 64
#define HOLD_FRAMES 6 /* a late frame lets so many pass, */
#define HOLD_MS 5     /* or waits so long */

static unsigned loss, duplication, reordering, damage;
static unsigned long passed, lost, doubled, late, damaged;
static volatile sig_atomic_t ended;

static struct held {
    int to;
    unsigned frames;
    uint64_t due;
    size_t len;
    uint8_t bytes[FRAME];
} held[HELD];
static unsigned held_count;

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static uint64_t now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* xorshift64: the same faults in each run that sends the same frames */
static unsigned draw(unsigned below)
{
    static uint64_t x = 0x9e3779b97f4a7c15u;
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return (unsigned)((x >> 20) % below);
}

static void give(int to, const uint8_t *frame, size_t len)
{
    if (write(to, frame, len) < 0 && errno != EAGAIN && errno != ECONNREFUSED && errno != EIO)
        fail("write");
}

static void release(unsigned i)
{
    give(held[i].to, held[i].bytes, held[i].len);
    held[i] = held[--held_count];
}

static void release_due(int to, int passes)
{
    uint64_t now = now_ms();
    for (unsigned i = held_count; i--;) {
        if (passes && held[i].to == to && held[i].frames)
            held[i].frames--;
        if (!held[i].frames || held[i].due <= now)
            release(i);
    }
}

static void hold(int to, const uint8_t *frame, size_t len)
{
    struct held *h = &held[held_count++];
    *h = (struct held){.to = to, .frames = 1 + draw(HOLD_FRAMES), .due = now_ms() + HOLD_MS, .len = len};
    memcpy(h->bytes, frame, len);
    late++;
}

static void carry(int to, uint8_t *frame, size_t len)
{
    if (draw(1000) < loss) {
        lost++;
        return;
    }
    if (draw(1000) < damage) {
        frame[draw((unsigned)len)] ^= (uint8_t)(1 + draw(255));
        damaged++;
    }
    if (draw(1000) < duplication) {
        give(to, frame, len);
        doubled++;
    }
    if (held_count < HELD && draw(1000) < reordering) {
        hold(to, frame, len);
        return;
    }
    give(to, frame, len);
    passed++;
    release_due(to, 1);
}

static int open_tap(const char *name)
{
    struct ifreq request = {.ifr_flags = IFF_TAP | IFF_NO_PI};
    int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK);
    strncpy(request.ifr_name, name, IFNAMSIZ - 1);
    if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
        fail(name);
    return fd;
}

static int open_socket(const char *own, const char *machine)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    at.sin_port = htons((uint16_t)atoi(own));
    if (bind(fd, (void *)&at, sizeof at))
        fail(own);
    at.sin_port = htons((uint16_t)atoi(machine));
    if (connect(fd, (void *)&at, sizeof at))
        fail(machine);
    return fd;
}

static void end(int signal)
{
    ended = signal;
}

int main(int argc, char **argv)
{
    static uint8_t frame[FRAME];
    if (argc != 8)
        return 2;
    loss = (unsigned)atoi(argv[4]), duplication = (unsigned)atoi(argv[5]);
    reordering = (unsigned)atoi(argv[6]), damage = (unsigned)atoi(argv[7]);
    struct pollfd ends[2] = {{.fd = open_tap(argv[1]), .events = POLLIN},
                             {.fd = open_socket(argv[2], argv[3]), .events = POLLIN}};
    sigaction(SIGTERM, &(struct sigaction){.sa_handler = end}, NULL);
    while (!ended) {
        poll(ends, 2, held_count ? HOLD_MS : -1);
        for (int i = 0; i < 2; i++)
            for (ssize_t n; !ended && (n = read(ends[i].fd, frame, sizeof frame)) > 0;)
                carry(ends[!i].fd, frame, (size_t)n);
        release_due(-1, 0);
    }
    fprintf(stderr, "wire: %lu frames passed, %lu lost, %lu doubled, %lu late, %lu damaged\n", passed, lost, doubled,
            late, damaged);
    return 0;
}
