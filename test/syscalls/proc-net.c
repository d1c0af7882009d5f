/* /proc/net lists the sockets and interfaces (proc_pid_net(5)), /sys/class/net the interfaces (sysfs-class-net), and
 * /proc/self/smaps tells what of each mapping is in memory. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

/* Each failed check ends the test with a number of its own. */
#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        int number = __COUNTER__ + 1;                                                                                  \
        if (!(cond)) {                                                                                                 \
            printf("check %d, line %d: not true: %s (errno %d)\n%s\n", number, __LINE__, #cond, errno, text);          \
            fflush(stdout);                                                                                            \
            _exit(number);                                                                                             \
        }                                                                                                              \
    } while (0)

enum { ESTABLISHED = 1, UNCONNECTED = 7, LISTENING = 10 };

static char text[1 << 18];

static const char *slurp(const char *path)
{
    size_t n = 0;
    ssize_t part;
    int fd = open(path, O_RDONLY);
    CHECK(fd >= 0);
    while ((part = read(fd, text + n, sizeof text - 1 - n)) > 0)
        n += (size_t)part;
    close(fd);
    text[n] = 0;
    return text;
}

struct row {
    char local[33], remote[33];
    unsigned local_port, remote_port, state, sending, received;
    unsigned long inode;
};

/* The row of a socket in a table of sockets, found by its inode. */
static int find(const char *path, int fd, struct row *r)
{
    struct stat st;
    CHECK(fstat(fd, &st) == 0);
    slurp(path);
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n"))
        if (sscanf(line, " %*u: %32[0-9A-F]:%x %32[0-9A-F]:%x %x %x:%x %*x:%*x %*x %*u %*u %lu", r->local,
                   &r->local_port, r->remote, &r->remote_port, &r->state, &r->sending, &r->received, &r->inode) == 8 &&
            r->inode == st.st_ino)
            return 1;
    return 0;
}

static unsigned bound(int fd, int family)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct sockaddr_in6 a6 = {.sin6_family = AF_INET6};
    socklen_t len = family == AF_INET ? sizeof a : sizeof a6;
    struct sockaddr *any = family == AF_INET ? (struct sockaddr *)&a : (struct sockaddr *)&a6;
    CHECK(bind(fd, any, len) == 0 && getsockname(fd, any, &len) == 0);
    return ntohs(family == AF_INET ? a.sin_port : a6.sin6_port);
}

static void tcp_sockets_are_listed(void)
{
    struct row r;
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    unsigned port = bound(server, AF_INET);
    CHECK(!find("/proc/net/tcp", server, &r)); /* bound only */
    CHECK(listen(server, 5) == 0 && find("/proc/net/tcp", server, &r));
    CHECK(!strcmp(r.local, "0100007F") && r.local_port == port && r.state == LISTENING);
    CHECK(!strcmp(r.remote, "00000000") && r.remote_port == 0 && r.received == 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(client, (struct sockaddr *)&to, sizeof to) == 0);
    CHECK(find("/proc/net/tcp", client, &r) && r.state == ESTABLISHED && r.remote_port == port);
    CHECK(!strcmp(r.remote, "0100007F"));
    unsigned from = r.local_port;
    CHECK(find("/proc/net/tcp", server, &r) && r.received == 1); /* waits to be accepted */
    int accepted = accept(server, NULL, NULL);
    CHECK(write(client, "hello", 5) == 5);
    CHECK(find("/proc/net/tcp", accepted, &r) && r.remote_port == from && r.local_port == port && r.received == 5);
    close(accepted), close(client), close(server);
    CHECK(!strstr(slurp("/proc/net/tcp6"), "0100007F "));
}

static void sockets_of_both_families_are_in_the_sixth(void)
{
    struct row r;
    int server = socket(AF_INET6, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    unsigned port = bound(server, AF_INET6);
    CHECK(listen(server, 5) == 0 && find("/proc/net/tcp6", server, &r) && r.local_port == port);
    CHECK(r.state == LISTENING && !strcmp(r.local, "00000000000000000000000000000000"));
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    CHECK(connect(client, (struct sockaddr *)&to, sizeof to) == 0);
    int accepted = accept(server, NULL, NULL);
    CHECK(find("/proc/net/tcp6", accepted, &r) && !strcmp(r.remote, "0000000000000000FFFF00000100007F"));
    CHECK(!find("/proc/net/tcp", accepted, &r) && find("/proc/net/tcp", client, &r));
    close(accepted), close(client), close(server);
}

static void udp_sockets_are_listed(void)
{
    struct row r;
    int one = socket(AF_INET, SOCK_DGRAM, 0), two = socket(AF_INET6, SOCK_DGRAM, 0);
    CHECK(!find("/proc/net/udp", one, &r));
    unsigned port = bound(one, AF_INET), other = bound(two, AF_INET6);
    CHECK(find("/proc/net/udp", one, &r) && r.local_port == port && r.state == UNCONNECTED && r.received == 0);
    CHECK(find("/proc/net/udp6", two, &r) && r.local_port == other && r.state == UNCONNECTED);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int client = socket(AF_INET, SOCK_DGRAM, 0);
    CHECK(connect(client, (struct sockaddr *)&to, sizeof to) == 0 && send(client, "x", 1, 0) == 1);
    CHECK(find("/proc/net/udp", client, &r) && r.state == ESTABLISHED && r.remote_port == port);
    CHECK(find("/proc/net/udp", one, &r) && r.received > 0);
    close(one), close(two), close(client);
}

static void interfaces_are_listed(void)
{
    unsigned long counters[16];
    char name[17] = "", *lo = strstr(slurp("/proc/net/dev"), "    lo: ");
    CHECK(lo && !strncmp(text, "Inter-|", 7));
    int n = 0;
    for (char *at = lo + 7; n < 16; n++)
        counters[n] = strtoul(at, &at, 10);
    CHECK(counters[2] == 0);
    slurp("/proc/net/if_inet6");
    CHECK(strstr(text, "00000000000000000000000000000001 01 80 10 80 ") && strstr(text, " lo\n"));
    slurp("/proc/net/route");
    CHECK(!strncmp(text, "Iface\tDestination\tGateway", 25));
    CHECK(!strcmp(slurp("/sys/class/net/lo/address"), "00:00:00:00:00:00\n"));
    CHECK(!strcmp(slurp("/sys/class/net/lo/mtu"), "65536\n"));
    CHECK(!strcmp(slurp("/sys/class/net/lo/operstate"), "unknown\n"));
    for (n = 0; n < 4; n++) {
        static const char *const files[] = {"rx_bytes", "rx_packets", "tx_bytes", "tx_packets"};
        char path[64];
        snprintf(path, sizeof path, "/sys/class/net/lo/statistics/%s", files[n]);
        CHECK(sscanf(slurp(path), "%lu%c", counters, name) == 2 && *name == '\n');
    }
    CHECK(readlink("/proc/net", text, sizeof text) == 8 && !strncmp(text, "self/net", 8));
}

/* kB of a field of the mapping that begins at `start`; 0: of the first one. */
static long field(const char *path, void *start, const char *name)
{
    char head[32], *at;
    unsigned long kib;
    snprintf(head, sizeof head, "%lx-", (unsigned long)start);
    at = strstr(slurp(path), start ? head : "");
    CHECK(at);
    at = strstr(at, name);
    CHECK(at && sscanf(at + strlen(name), ": %lu kB", &kib) == 1);
    return (long)kib;
}

static void smaps_counts_what_is_in_memory(void)
{
    size_t len = 64 << 12;
    char *guard = mmap(NULL, len + 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *p = guard + 4096;
    CHECK(guard != MAP_FAILED && mprotect(p, len, PROT_READ | PROT_WRITE) == 0);
    CHECK(madvise(p, len, MADV_NOHUGEPAGE) == 0);
    CHECK(field("/proc/self/smaps", p, "Size") == 256 && field("/proc/self/smaps", p, "Rss") == 0);
    long before = field("/proc/self/smaps_rollup", NULL, "Anonymous");
    memset(p, 1, 20 << 12);
    CHECK(field("/proc/self/smaps", p, "Rss") == 80 && field("/proc/self/smaps", p, "Private_Dirty") == 80);
    CHECK(field("/proc/self/smaps", p, "Anonymous") == 80 && field("/proc/self/smaps", p, "Private_Clean") == 0);
    CHECK(field("/proc/self/smaps_rollup", NULL, "Anonymous") >= before + 80);
    CHECK(field("/proc/self/smaps_rollup", NULL, "Rss") >= field("/proc/self/smaps_rollup", NULL, "Anonymous"));
    CHECK(madvise(p, len, MADV_DONTNEED) == 0 && field("/proc/self/smaps", p, "Rss") == 0);
    CHECK(strstr(slurp("/proc/self/smaps_rollup"), "[rollup]\n"));
    munmap(guard, len + 8192);
}

static void vmstat_counts_faults(void)
{
    unsigned long before, after;
    CHECK(strstr(slurp("/proc/vmstat"), "nr_free_pages ") == text && strstr(text, "\npswpin "));
    CHECK(sscanf(strstr(text, "\npgfault "), " pgfault %lu", &before) == 1);
    char *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *(volatile char *)p = 1;
    CHECK(sscanf(strstr(slurp("/proc/vmstat"), "\npgfault "), " pgfault %lu", &after) == 1 && after > before);
}

int main(void)
{
    tcp_sockets_are_listed();
    sockets_of_both_families_are_in_the_sixth();
    udp_sockets_are_listed();
    interfaces_are_listed();
    smaps_counts_what_is_in_memory();
    vmstat_counts_faults();
    puts("OK");
    return 0;
}
