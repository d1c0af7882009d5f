#include "host.h"
#include "boot/boot.h"
#include "bus/bus.h"
#include "drivers/driver.h"
#include "fs/vfs.h"
#include "mm/user.h"

#define IN_FLIGHT_MAX 4096

struct wire wire;
uint64_t now = SECOND;
size_t heap_objects, heap_limit = SIZE_MAX;
char files[4][512];
unsigned warnings, timers_run;
const char *command_line_ip = "10.0.0.1::10.0.0.2:255.255.255.0";
bool (*on_frame)(const uint8_t *frame, size_t len);
struct boot_info boot_info;

/* --- memory: every object is malloc's own, so that the sanitizer sees each byte beyond, and each one not freed. */
void *kmalloc(size_t n)
{
    if (heap_objects >= heap_limit)
        return NULL;
    heap_objects++;
    return malloc(n);
}
void *kzalloc(size_t n)
{
    if (heap_objects >= heap_limit)
        return NULL;
    heap_objects++;
    return calloc(1, n);
}
void kfree(void *p)
{
    if (p)
        heap_objects--;
    free(p);
}
size_t page_total(void)
{
    return 16384; /* 64 MiB */
}
size_t page_free_count(void)
{
    return 8192;
}
uint32_t pci_without_driver(unsigned base_class)
{
    return 0;
}
bool user_range_ok(uaddr_t addr, size_t n)
{
    return true;
}
size_t user_copy(void *dst, const void *src, size_t n)
{
    memcpy(dst, src, n);
    return 0;
}
size_t user_clear(void *dst, size_t n)
{
    memset(dst, 0, n);
    return 0;
}
int user_read(void *dst, uaddr_t src, size_t n)
{
    memcpy(dst, (void *)src, n);
    return 0;
}
int user_write(uaddr_t dst, const void *src, size_t n)
{
    memcpy((void *)dst, src, n);
    return 0;
}

/* --- messages */
void log_warn(const char *fmt, ...)
{
    warnings++;
}
void log_info(const char *fmt, ...)
{
}
void log_record(const char *fmt, ...)
{
}
_Noreturn void panic(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vfprintf(stderr, fmt, ap);
    fputc('\n', stderr);
    abort();
}
int format(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}

/* --- entropy: the same in every run */
uint64_t random_state = 88172645463325252u;
uint64_t random_u64(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    return random_state ^= random_state << 17;
}
uint64_t entropy_u64(void)
{
    return random_u64();
}
void entropy_read(void *dst, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)dst)[i] = (uint8_t)random_u64();
}

/* --- time */
static struct timer *timers;

uint64_t clock_monotonic(void)
{
    return now;
}
int timespec_to_ns(const struct timespec64 *ts, uint64_t *ns)
{
    *ns = (uint64_t)ts->sec * SECOND + (uint64_t)ts->nsec;
    return 0;
}
struct timespec64 ns_to_timespec(uint64_t ns)
{
    return (struct timespec64){(int64_t)(ns / SECOND), (int64_t)(ns % SECOND)};
}
void timer_cancel(struct timer *t)
{
    struct timer **at = &timers;
    while (*at && *at != t)
        at = &(*at)->next;
    if (*at)
        *at = t->next;
    t->armed = false;
}
void timer_arm(struct timer *t, uint64_t deadline)
{
    timer_cancel(t);
    t->deadline = deadline;
    t->armed = true;
    struct timer **at = &timers;
    while (*at && (*at)->deadline <= deadline)
        at = &(*at)->next;
    t->next = *at;
    *at = t;
}

/* --- the wire */
struct frame {
    uint64_t due;
    size_t len;
    uint8_t *bytes;
};
static struct frame in_flight[IN_FLIGHT_MAX];
static unsigned in_flight_count;
static bool ring_was_full;

static void release(struct netbuf *b)
{
    free(b->data);
    free(b);
}

void inject(const void *frame, size_t len)
{
    struct netbuf *b = calloc(1, sizeof *b);
    b->data = malloc(len);
    memcpy(b->data, frame, len);
    b->len = (uint32_t)len;
    b->release = release;
    netdev_receive(&card, b);
}

static bool chance(unsigned per_thousand)
{
    return random_u64() % 1000 < per_thousand;
}

static void put_on_wire(const uint8_t *bytes, size_t len, uint64_t delay)
{
    CHECK(in_flight_count < IN_FLIGHT_MAX);
    struct frame *f = &in_flight[in_flight_count++];
    *f = (struct frame){now + delay, len, malloc(len)};
    memcpy(f->bytes, bytes, len);
}

/* What is for PEER comes back as if from PEER. */
static void reflect(uint8_t *frame)
{
    uint32_t source, destination;
    memcpy(&source, frame + 26, 4);
    memcpy(&destination, frame + 30, 4);
    if (frame[12] != 8 || frame[13] != 0 || destination != PEER)
        return;
    memcpy(frame + 26, &destination, 4);
    memcpy(frame + 30, &source, 4);
}

static void answer_arp(const uint8_t *request)
{
    uint8_t reply[42];
    memcpy(reply, request, 42);
    memcpy(reply, request + 6, 6); /* to the asker */
    memcpy(reply + 6, "\2\0\0\0\0\2", 6);
    reply[21] = 2;                         /* reply */
    memcpy(reply + 22, "\2\0\0\0\0\2", 6); /* sender: who was asked for */
    memcpy(reply + 28, request + 38, 4);
    memcpy(reply + 32, request + 22, 10); /* target: the asker */
    put_on_wire(reply, sizeof reply, wire.delay);
}

static uint16_t sum_of(const uint8_t *p, size_t n)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += i & 1 ? p[i] : (uint32_t)p[i] << 8;
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)(sum + (sum >> 16));
}

static void put16(uint8_t *at, unsigned v)
{
    at[0] = (uint8_t)(v >> 8), at[1] = (uint8_t)v;
}

/* What a card does that was asked to fill in a checksum: the field holds the pseudo header's sum. */
static void fill_checksum(uint8_t *frame, size_t len, unsigned start, unsigned offset)
{
    put16(frame + start + offset, (uint16_t)~sum_of(frame + start, len - start));
}

static int carry(uint8_t *frame, size_t len)
{
    wire.sent++;
    if (on_frame && on_frame(frame, len))
        return 0;
    if (frame[12] == 8 && frame[13] == 6) {
        if (frame[21] == 1 && memcmp(frame + 28, frame + 38, 4)) /* gratuitous ones want no answer */
            answer_arp(frame);
        return 0;
    }
    if (chance(wire.loss)) {
        wire.lost++;
        return 0;
    }
    reflect(frame);
    if (chance(wire.damage))
        frame[14 + random_u64() % (len - 14)] ^= (uint8_t)(1 << random_u64() % 8);
    put_on_wire(frame, len, wire.delay + (chance(wire.reordering) ? random_u64() % (5 * MS) : 0));
    if (chance(wire.duplication))
        put_on_wire(frame, len, wire.delay);
    return 0;
}

/* Cuts a frame of joined IPv4 segments, as a card with TSO does. */
static int cut(uint8_t *frame, size_t len, const struct netbuf *meta)
{
    unsigned header = meta->header_len, start = meta->csum_start, sequence;
    uint16_t whole = (uint16_t)(frame[start + 16] << 8 | frame[start + 17]);
    CHECK(sum_of(frame + 14, start - 14) == 0xffff && (unsigned)(frame[16] << 8 | frame[17]) == len - 14);
    memcpy(&sequence, frame + start + 4, 4);
    sequence = lwip_ntohl(sequence);
    for (size_t at = header; at < len; at += meta->gso_size) {
        uint8_t f[2000];
        size_t n = MIN(len - at, (size_t)meta->gso_size);
        uint32_t here = lwip_htonl(sequence + (uint32_t)(at - header)),
                 pseudo = whole + 0xffffu - (uint32_t)(len - start);
        memcpy(f, frame, header);
        memcpy(f + header, frame + at, n);
        put16(f + 16, (unsigned)(header - 14 + n));
        put16(f + 24, 0);
        put16(f + 24, (uint16_t)~sum_of(f + 14, start - 14));
        memcpy(f + start + 4, &here, 4);
        if (at + n < len)
            f[start + 13] &= (uint8_t)~8;
        pseudo += (uint32_t)(header - start + n);
        pseudo = (pseudo >> 16) + (pseudo & 0xffff);
        put16(f + start + 16, (uint16_t)(pseudo + (pseudo >> 16)));
        fill_checksum(f, header + n, start, 16);
        carry(f, header + n);
    }
    return 0;
}

static int transmit(struct netdev *d, const struct net_fragment *frags, unsigned count, const struct netbuf *meta)
{
    static uint8_t frame[70000];
    size_t len = 0;
    if (wire.ring && in_flight_count >= wire.ring) {
        ring_was_full = true;
        return -EAGAIN;
    }
    for (unsigned i = 0; i < count; i++) {
        memcpy(frame + len, frags[i].data, frags[i].len);
        len += frags[i].len;
    }
    CHECK(len == meta->len && (meta->flags & NETBUF_GSO || len <= card.mtu + 14u));
    if (meta->flags & NETBUF_GSO)
        return cut(frame, len, meta);
    if (meta->flags & NETBUF_NEEDS_CSUM)
        fill_checksum(frame, len, meta->csum_start, meta->csum_offset);
    return carry(frame, len);
}

static void kick(struct netdev *d)
{
}

struct netdev card = {
    .name = "eth0", .mac = {2, 0, 0, 0, 0, 1}, .mtu = 1500, .link_up = true, .transmit = transmit, .kick = kick};

/* What is due is handed over in order of time; true when there was something. */
static bool deliver_due(void)
{
    bool any = false;
    for (;;) {
        unsigned first = in_flight_count;
        for (unsigned i = 0; i < in_flight_count; i++)
            if (in_flight[i].due <= now && (first == in_flight_count || in_flight[i].due < in_flight[first].due))
                first = i;
        if (first == in_flight_count)
            break;
        struct frame f = in_flight[first];
        memmove(&in_flight[first], &in_flight[first + 1], (--in_flight_count - first) * sizeof f);
        inject(f.bytes, f.len);
        free(f.bytes);
        any = true;
    }
    if (any)
        netdev_receive_done(&card);
    if (any && ring_was_full && in_flight_count < wire.ring) {
        ring_was_full = false;
        netdev_transmit_space(&card);
    }
    return any;
}

/* One step of the world, not beyond `until`. False: nothing more happens before it. */
static bool step(uint64_t until)
{
    uint64_t next = timers ? timers->deadline : NEVER;
    for (unsigned i = 0; i < in_flight_count; i++)
        next = MIN(next, in_flight[i].due);
    if (next > until) {
        if (until != NEVER)
            now = MAX(now, until);
        return false;
    }
    now = MAX(now, next);
    if (deliver_due())
        return true;
    while (timers && timers->deadline <= now) {
        struct timer *t = timers;
        timer_cancel(t);
        timers_run++;
        t->fn(t);
    }
    return true;
}

void run_for(uint64_t ns)
{
    uint64_t until = now + ns;
    while (step(until))
        continue;
}

/* --- waiting: whoever waits lets the world go on */
struct sleeper {
    struct waiter waiter;
    bool woken;
};
static bool wake_sleeper(struct waiter *w, uint32_t events)
{
    return container_of(w, struct sleeper, waiter)->woken = true;
}
void waitq_init(struct waitq *q)
{
    list_init(&q->waiters);
}
void waitq_wake(struct waitq *q, uint32_t events, unsigned max_exclusive)
{
    list_for_each_safe (pos, next, &q->waiters)
        list_entry(pos, struct waiter, link)->wake(list_entry(pos, struct waiter, link), events);
}
int waitq_sleep(struct waitq *q, uint64_t deadline)
{
    struct sleeper s = {.waiter.wake = wake_sleeper};
    list_add_tail(&q->waiters, &s.waiter.link);
    while (!s.woken && step(deadline))
        continue;
    list_del(&s.waiter.link);
    CHECK(s.woken || deadline != NEVER); /* else it would sleep for ever */
    return s.woken ? 0 : -ETIMEDOUT;
}

/* --- the rest of the kernel */
const char *boot_param(const char *name)
{
    return strcmp(name, "ip") ? NULL : command_line_ip;
}
uint64_t boot_param_u64(const char *name, uint64_t fallback)
{
    return fallback;
}
int vfs_write_file(const char *path, const void *data, size_t n)
{
    char *file = files[strcmp(path, "/etc/hostname") == 0];
    CHECK(n < sizeof files[0]);
    memcpy(file, data, n);
    file[n] = 0;
    return 0;
}
_Noreturn void power_off(int status)
{
    abort(); /* these machines have cards */
}
unsigned boot_reached;
void boot_mark(const char *name)
{
}
struct inode *vfs_root, *vfs_awaited;
void (*vfs_await)(void);
int path_lookup(struct inode *start, const char *path, unsigned flags, struct inode **out)
{
    return -ENOENT;
}
void inode_put(struct inode *i)
{
}
void signal_send_thread(int signal)
{
}
struct file *file_new(const struct file_ops *ops, unsigned flags, void *priv)
{
    return NULL;
}
void file_put(struct file *f)
{
}
int fd_install_new(struct file *f, bool cloexec)
{
    return -EMFILE;
}
int unix_socket_create(int type, struct socket **out)
{
    return -EAFNOSUPPORT;
}

void start_network(void)
{
    CHECK(netdev_register(&card) == 0);
    net_init();
    run_for(5 * MS);
}

struct socket *new_socket(int type)
{
    struct socket *s;
    CHECK(socket_create(AF_INET, type, 0, &s) == 0);
    return s;
}

static union sockaddr_any address(uint32_t ip, uint16_t port)
{
    return (union sockaddr_any){.in = {.family = AF_INET, .port = lwip_htons(port), .address = ip}};
}

void bind_to(struct socket *s, uint16_t port)
{
    union sockaddr_any a = address(0, port);
    CHECK(s->ops->bind(s, &a, sizeof a.in) == 0);
}

int connect_to(struct socket *s, uint32_t ip, uint16_t port, bool nonblock)
{
    union sockaddr_any a = address(ip, port);
    return s->ops->connect(s, &a, sizeof a.in, nonblock);
}

ssize_t send_bytes(struct socket *s, const void *data, size_t n, unsigned flags)
{
    struct iter it;
    struct message m = {.flags = flags};
    iter_kernel(&it, (void *)data, n);
    return s->ops->send(s, &it, &m);
}

ssize_t receive_bytes(struct socket *s, void *data, size_t n, unsigned flags)
{
    struct iter it;
    struct message m = {.flags = flags};
    iter_kernel(&it, data, n);
    return s->ops->receive(s, &it, &m);
}
