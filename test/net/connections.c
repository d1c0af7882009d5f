/* What a stranger cannot guess (sequence numbers, RFC 6528; ports), how listeners of one port share its connections,
 * and what peers cost that never read. */
#include "host.h"

#define MANY 64

static struct {
    uint32_t sequence;
    uint16_t port;
} syns[MANY];
static unsigned syn_count;

static bool note_syn(const uint8_t *frame, size_t len)
{
    if (frame[12] != 8 || frame[13] || frame[23] != 6 || frame[47] != 2)
        return false;
    if (syn_count < MANY) {
        syns[syn_count].port = (uint16_t)(frame[34] << 8 | frame[35]);
        syns[syn_count++].sequence = (uint32_t)frame[38] << 24 | (uint32_t)frame[39] << 16 | frame[40] << 8 | frame[41];
    }
    return true;
}

static void ports_and_sequence_numbers_tell_nothing_of_each_other(void)
{
    struct socket *s[MANY];
    unsigned neighbours = 0, places = 0;
    bool seen[64] = {0};
    on_frame = note_syn;
    for (unsigned i = 0; i < MANY; i++) {
        s[i] = new_socket(SOCK_STREAM);
        CHECK(connect_to(s[i], PEER, 8080, true) == -EINPROGRESS);
        run_for(10 * MS);
    }
    CHECK(syn_count == MANY);
    for (unsigned i = 0; i < MANY; i++) {
        CHECK(syns[i].port >= 32768 && syns[i].port <= 60999);
        for (unsigned k = 0; k < i; k++) {
            CHECK(syns[i].port != syns[k].port);
            neighbours += syns[i].port - syns[k].port == 1 || syns[i].sequence - syns[k].sequence < 1u << 20;
        }
        places += !seen[syns[i].sequence >> 26];
        seen[syns[i].sequence >> 26] = true;
        socket_close(s[i], true);
    }
    CHECK(neighbours < 8 && places > 32); /* by chance 2.5 of 2016 pairs, and 40 of 64 parts of the number space */
}

/* A connection of the same addresses and ports begins above the last one: its old segments are not taken for new. */
static void the_same_connection_goes_on_by_the_clock(void)
{
    for (syn_count = 0; syn_count < 2;) {
        struct socket *s = new_socket(SOCK_STREAM);
        bind_to(s, 40000);
        CHECK(connect_to(s, PEER, 8080, true) == -EINPROGRESS);
        socket_close(s, true);
        run_for(SECOND / 2);
    }
    CHECK(syns[1].sequence - syns[0].sequence == SECOND / 2 / 4000);
    on_frame = NULL;
}

static void listeners_share_a_port(uint32_t address)
{
    struct socket *l[3], *a[30], *b;
    unsigned served[3] = {0};
    union sockaddr_any at = {.in = {.family = AF_INET, .port = lwip_htons(8080), .address = address}};
    for (int i = 0; i < 3; i++) {
        l[i] = new_socket(SOCK_STREAM);
        l[i]->reuse_port = true;
        CHECK(l[i]->ops->bind(l[i], &at, sizeof at.in) == 0);
        CHECK(l[i]->ops->listen(l[i], 64) == 0);
    }
    for (int i = 0; i < 30; i++) {
        a[i] = new_socket(SOCK_STREAM);
        CHECK(connect_to(a[i], PEER, 8080, false) == 0);
    }
    run_for(10 * MS);
    for (int i = 0; i < 3; i++)
        for (; l[i]->ops->accept(l[i], true, &b) == 0; served[i]++)
            socket_close(b, true);
    CHECK(served[0] + served[1] + served[2] == 30 && served[0] >= 5 && served[1] >= 5 && served[2] >= 5);
    for (int i = 0; i < 30; i++)
        socket_close(a[i], true);
    for (int i = 0; i < 3; i++)
        socket_close(l[i], true);
    run_for(200 * SECOND);
}

static size_t send_all(struct socket *s)
{
    static const char block[4096];
    size_t all = 0;
    for (ssize_t n; (n = send_bytes(s, block, sizeof block, MSG_DONTWAIT)) > 0; all += (size_t)n)
        run_for(MS);
    return all;
}

/* Each takes a send buffer and a window, however long it goes on, and still gets all of it in the end. */
static void who_never_reads_costs_a_window(void)
{
    struct socket *l = new_socket(SOCK_STREAM), *a[8], *b[8];
    static char buf[65536];
    size_t sent[8];
    bind_to(l, 8080);
    CHECK(l->ops->listen(l, 8) == 0);
    for (int i = 0; i < 8; i++) {
        a[i] = new_socket(SOCK_STREAM);
        CHECK(connect_to(a[i], PEER, 8080, false) == 0 && l->ops->accept(l, false, &b[i]) == 0);
        sent[i] = send_all(b[i]);
        CHECK(sent[i] > net_tcp_window / 2 && sent[i] <= net_tcp_send_buffer + net_tcp_window + 65536);
    }
    size_t objects = heap_objects;
    run_for(900 * SECOND);
    CHECK(heap_objects <= objects + 16);
    for (int i = 0; i < 8; i++) {
        size_t got = 0;
        for (ssize_t n; got < sent[i] && (n = receive_bytes(a[i], buf, sizeof buf, 0)) > 0;)
            got += (size_t)n;
        CHECK(got == sent[i]);
        socket_close(a[i], true), socket_close(b[i], true);
    }
    socket_close(l, true);
    run_for(200 * SECOND);
}

int main(void)
{
    wire.delay = MS;
    start_network();
    run_for(300 * SECOND);
    size_t objects = heap_objects;
    ports_and_sequence_numbers_tell_nothing_of_each_other();
    the_same_connection_goes_on_by_the_clock();
    listeners_share_a_port(0);
    listeners_share_a_port(HERE);
    who_never_reads_costs_a_window();
    CHECK(heap_objects == objects);
    return 0;
}
