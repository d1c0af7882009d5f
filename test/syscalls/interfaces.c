/* The interfaces can be listed, by getifaddrs(3) (rtnetlink) and by ioctl (netdevice(7)): lo is there with 127.0.0.1.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

/* Each failed check ends the test with a number of its own. */
#define CHECK(cond)                                                                                                    \
    do {                                                                                                               \
        int number = __COUNTER__ + 1;                                                                                  \
        if (!(cond)) {                                                                                                 \
            printf("check %d, line %d: not true: %s (errno %d)\n", number, __LINE__, #cond, errno);                    \
            fflush(stdout);                                                                                            \
            _exit(number);                                                                                             \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((errno = 0, (call) == -1) && errno == (error))

static void getifaddrs_finds_loopback(void)
{
    struct ifaddrs *list;
    int links = 0, addresses = 0;
    CHECK(getifaddrs(&list) == 0);
    for (struct ifaddrs *i = list; i; i = i->ifa_next) {
        if (strcmp(i->ifa_name, "lo") || !i->ifa_addr)
            continue;
        CHECK(i->ifa_flags & IFF_UP && i->ifa_flags & IFF_LOOPBACK && i->ifa_flags & IFF_RUNNING);
        links += i->ifa_addr->sa_family == AF_PACKET;
        if (i->ifa_addr->sa_family == AF_INET) {
            addresses++;
            CHECK(((struct sockaddr_in *)i->ifa_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK));
            CHECK(((struct sockaddr_in *)i->ifa_netmask)->sin_addr.s_addr == htonl(0xff000000));
        }
    }
    CHECK(links == 1 && addresses == 1);
    freeifaddrs(list);
}

static void ioctls_describe_an_interface(void)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0);
    struct ifreq r = {.ifr_name = "lo"};
    CHECK(ioctl(s, SIOCGIFFLAGS, &r) == 0 && (r.ifr_flags & (IFF_UP | IFF_LOOPBACK)) == (IFF_UP | IFF_LOOPBACK));
    CHECK(ioctl(s, SIOCGIFADDR, &r) == 0);
    CHECK(((struct sockaddr_in *)&r.ifr_addr)->sin_addr.s_addr == htonl(INADDR_LOOPBACK));
    CHECK(ioctl(s, SIOCGIFINDEX, &r) == 0 && r.ifr_ifindex == 1);
    CHECK(ioctl(s, SIOCGIFMTU, &r) == 0 && r.ifr_mtu == 65536);
    CHECK(if_nametoindex("lo") == 1);
    char name[IF_NAMESIZE];
    CHECK(if_indextoname(1, name) && !strcmp(name, "lo"));
    strcpy(r.ifr_name, "nope0");
    FAILS(ioctl(s, SIOCGIFFLAGS, &r), ENODEV);
    FAILS(ioctl(s, 0x1234, &r), ENOTTY);
    close(s);
}

static void the_list_of_addresses_has_loopback(void)
{
    int s = socket(AF_INET, SOCK_DGRAM, 0), found = 0;
    struct ifreq r[16];
    struct ifconf c = {.ifc_len = sizeof r, .ifc_req = r};
    CHECK(ioctl(s, SIOCGIFCONF, &c) == 0 && c.ifc_len > 0);
    for (int i = 0; i < (int)(c.ifc_len / sizeof *r); i++)
        found += !strcmp(r[i].ifr_name, "lo");
    CHECK(found == 1);
    close(s);
}

int main(void)
{
    alarm(20);
    getifaddrs_finds_loopback();
    ioctls_describe_an_interface();
    the_list_of_addresses_has_loopback();
    puts("OK");
    return 0;
}
