/* What a program for both guests does first and last when it is process 1 of a Linux guest. Elsewhere it does nothing.
 */
#pragma once
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/reboot.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/syscall.h>
#include <unistd.h>

static int own_linux;

static _Noreturn inline void finish(int status)
{
    fflush(stdout);
    if (own_linux) {
        sync();
        reboot(RB_POWER_OFF);
    }
    exit(status);
}

static _Noreturn inline void fail(const char *what)
{
    printf("failed: %s: %s\n", what, strerror(errno));
    finish(1);
}

/* The folder with modules stands in the initramfs of scripts/bench/linux-guest.mjs only. Returns whether this is it. */
static inline int linux_init(char **modules)
{
    own_linux = getpid() == 1 && access("/modules", F_OK) == 0;
    if (!own_linux)
        return 0;
    mount("dev", "/dev", "devtmpfs", 0, NULL);
    mount("proc", "/proc", "proc", 0, NULL);
    for (; *modules; modules++) {
        int fd = open(*modules, O_RDONLY | O_CLOEXEC);
        if (fd < 0 || (syscall(SYS_finit_module, fd, "", 0) && errno != EEXIST))
            fail(*modules);
        close(fd);
    }
    return 1;
}

/* The card may appear some time after its module is loaded. */
static inline void linux_set_address(const char *name, const char *address)
{
    struct ifreq r = {0};
    struct sockaddr_in a = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    strncpy(r.ifr_name, name, sizeof r.ifr_name - 1);
    inet_pton(AF_INET, address, &a.sin_addr);
    memcpy(&r.ifr_addr, &a, sizeof a);
    for (int i = 0; ioctl(fd, SIOCSIFADDR, &r) && i < 500; i++)
        usleep(10000);
    if (ioctl(fd, SIOCGIFFLAGS, &r))
        fail(name);
    r.ifr_flags |= IFF_UP;
    if (ioctl(fd, SIOCSIFFLAGS, &r))
        fail(name);
    close(fd);
}
