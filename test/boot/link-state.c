// /init: says whether eth0's cable is in, and again at each change, as Linux tells programs of it (netdevice(7)).
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_DGRAM, 0), before = -1;
    struct ifreq request = {0};
    strcpy(request.ifr_name, "eth0");
    for (;;) {
        if (ioctl(fd, SIOCGIFFLAGS, &request)) {
            perror("eth0");
            return 1;
        }
        int up = (request.ifr_flags & IFF_RUNNING) != 0;
        if (up != before)
            printf("link %s\n", up ? "up" : "down"), fflush(stdout);
        before = up;
        usleep(10000);
    }
}
