/* A hostile DHCP server: offers, acknowledgements and refusals with any fields and options, to a client in any state.
 */
#include "../net/host.h"
#define INPUT_STARTS() (random_state = 88172645463325252u)
#include "input.h"
#include "lwip/dhcp.h"

#define SERVER 0x0200000au
#define OPTIONS_AT (42 + 240)
static uint8_t request[600], frame[1600];

/* The wire: nobody answers ARP, for the client's address is unknown. */
static bool watch(const uint8_t *f, size_t len)
{
    if (len >= OPTIONS_AT && f[12] == 8 && !f[13] && f[23] == 17 && f[37] == 67)
        memcpy(request, f, MIN(len, sizeof request));
    return true;
}

static uint16_t header_sum(const uint8_t *p)
{
    uint32_t sum = 0;
    for (size_t i = 0; i < 20; i += 2)
        sum += (uint32_t)p[i] << 8 | p[i + 1];
    sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t) ~(sum + (sum >> 16));
}

static void put16(uint8_t *to, unsigned v)
{
    to[0] = (uint8_t)(v >> 8), to[1] = (uint8_t)v;
}

static void deliver(size_t len)
{
    memset(frame, 255, 6);
    memcpy(frame + 6, "\2\0\0\0\0\2\x8\0\x45", 9);
    memset(frame + 15, 0, 27);
    put16(frame + 16, (unsigned)len - 14);
    frame[22] = 64, frame[23] = 17;
    memcpy(frame + 26, &(uint32_t){SERVER}, 4), memset(frame + 30, 255, 4);
    put16(frame + 24, header_sum(frame + 14));
    put16(frame + 34, 67), put16(frame + 36, 68), put16(frame + 38, (unsigned)len - 34);
    inject(frame, len);
    netdev_receive_done(&card);
}

static size_t option(uint8_t *at, uint8_t code, const void *data, size_t n)
{
    at[0] = code, at[1] = (uint8_t)n;
    memcpy(at + 2, data, n);
    return n + 2;
}

/* What makes a reply one for this client; what follows is the input's. */
static void reply(uint8_t type)
{
    uint8_t *bootp = frame + 42, *o = frame + OPTIONS_AT;
    memset(bootp, 0, 240);
    memcpy(bootp, request + 42, 44);
    bootp[0] = 2;
    memcpy(bootp + 16, &(uint32_t){HERE}, 4);
    memcpy(bootp + 236, "\x63\x82\x53\x63", 4);
    o += option(o, 53, &type, 1);
    o += option(o, 54, &(uint32_t){SERVER}, 4);
    uint8_t shape = take8();
    if (shape & 1)
        take_bytes(bootp + 44, 192); /* server name and file: room for more options */
    if (shape & 2)
        take_bytes(bootp, 28);
    if (shape & 4)
        o += option(o, 51, &(uint32_t){lwip_htonl(take8())}, 4);
    o += take_bytes(o, MIN((size_t)take16() % 1024, input_left));
    deliver((size_t)(o - frame) - (shape & 0x80 ? take8() % 8 : 0));
}

static void step_of_it(void)
{
    static const uint8_t types[] = {2, 5, 5, 6};
    uint8_t command = take8();
    if (command % 8 < 5)
        reply(command & 0x80 ? command : types[command / 8 % 4]);
    else if (command % 8 == 5)
        run_for((uint64_t)take8() * 40 * MS);
    else if (command % 8 == 6)
        netdev_link(&card, command & 8);
    else
        run_for((uint64_t)take8() * SECOND);
}

static void run(void)
{
    static bool started;
    if (!started) {
        command_line_ip = "dhcp";
        on_frame = watch;
        start_network();
        dhcp_release_and_stop(netif_default);
        run_for(100 * SECOND);
    }
    started = true;
    netdev_link(&card, true);
    dhcp_start(netif_default);
    net_timers_dhcp();
    run_for(MS);
    for (unsigned i = 0; i < 16 && input_left; i++)
        step_of_it();
    dhcp_release_and_stop(netif_default);
    run_for(2 * SECOND);
    CHECK(net_buffers_held == 0 && strlen(net_hostname) < sizeof net_hostname);
    for (unsigned i = 0; i < 2; i++)
        for (const char *c = files[i]; *c; c++) /* what goes into files is text without surprises */
            CHECK(*c == '\n' || (*c >= ' ' && *c < 0x7f));
}
FUZZ(run)
