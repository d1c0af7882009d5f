/* mount(2) of tmpfs: an empty tree over a directory, read-only ones, and back. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(1);                                                                                                   \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

static int make(const char *name)
{
    int fd = open(name, O_CREAT | O_RDWR, 0644);
    return fd < 0 ? -1 : close(fd);
}

static int is_listed(const char *path)
{
    char line[512], place[256];
    int found = 0;
    FILE *f = fopen("/proc/self/mounts", "r");
    while (f && fgets(line, sizeof line, f))
        found |= sscanf(line, "%*s %255s", place) == 1 && !strcmp(place, path);
    CHECK(f && fclose(f) == 0);
    return found;
}

static void check_tree(const char *home)
{
    struct stat below, above;
    char path[64];
    snprintf(path, sizeof path, "%s/d", home);
    CHECK(mkdir("d", 0700) == 0 && make("d/hidden") == 0 && stat("d", &below) == 0 && !is_listed(path));
    CHECK(mount("any", "d", "tmpfs", 0, "mode=0750") == 0 && stat("d", &above) == 0 && is_listed(path));
    CHECK(above.st_dev != below.st_dev && (above.st_mode & 07777) == 0750 && above.st_ino != below.st_ino);
    FAILS(access("d/hidden", F_OK), ENOENT);
    CHECK(make("d/f") == 0 && mkdir("d/e", 0755) == 0 && make("d/e/g") == 0 && mkdir("d/e/h", 0755) == 0);
    FAILS(rename("d/f", "f"), EXDEV);
    FAILS(link("d/f", "f"), EXDEV);
    FAILS(rmdir("d"), EBUSY);
    FAILS(rename("d", "moved"), EBUSY);
    CHECK(stat("d/..", &above) == 0 && stat(".", &below) == 0 && above.st_ino == below.st_ino);
    int fd = open("d/f", O_RDWR);
    FAILS(umount("d"), EBUSY);
    CHECK(close(fd) == 0 && chdir("d/e") == 0);
    FAILS(umount("../../d"), EBUSY);
    CHECK(chdir(home) == 0 && umount("d") == 0 && access("d/hidden", F_OK) == 0 && !is_listed(path));
    FAILS(umount("d"), EINVAL);
    CHECK(mount("any", "d", "tmpfs", 0, NULL) == 0 && mkdir("d/e", 0755) == 0);
    CHECK(mount("any", "d/e", "tmpfs", 0, NULL) == 0 && make("d/e/f") == 0);
    FAILS(umount("d"), EBUSY);
    CHECK(umount("d/e") == 0 && umount("d") == 0);
    CHECK(mount("any", "d", "tmpfs", 0, NULL) == 0 && (fd = open("d/f", O_CREAT | O_RDWR, 0600)) >= 0);
    CHECK(umount2("d", MNT_DETACH) == 0 && write(fd, "x", 1) == 1 && close(fd) == 0);
}

static void check_read_only(void)
{
    const struct timespec now[2] = {{0, UTIME_NOW}, {0, UTIME_NOW}};
    CHECK(mount("any", "d", "tmpfs", 0, NULL) == 0 && make("d/f") == 0 && mkdir("d/e", 0755) == 0);
    CHECK(mount("any", "d", "tmpfs", MS_REMOUNT | MS_RDONLY, NULL) == 0);
    FAILS(open("d/f", O_RDWR), EROFS);
    FAILS(open("d/f", O_RDONLY | O_TRUNC), EROFS);
    FAILS(make("d/new"), EROFS);
    FAILS(mkdir("d/new", 0755), EROFS);
    FAILS(mkdir("d/e", 0755), EEXIST);
    FAILS(symlink("x", "d/new"), EROFS);
    FAILS(mknod("d/new", S_IFIFO | 0600, 0), EROFS);
    FAILS(link("d/f", "d/new"), EROFS);
    FAILS(unlink("d/f"), EROFS);
    FAILS(rmdir("d/e"), EROFS);
    FAILS(rename("d/f", "d/new"), EROFS);
    FAILS(chmod("d/f", 0600), EROFS);
    FAILS(chown("d/f", 1, 1), EROFS);
    FAILS(utimensat(AT_FDCWD, "d/f", now, 0), EROFS);
    FAILS(truncate("d/f", 0), EROFS);
    FAILS(setxattr("d/f", "user.a", "x", 1, 0), EROFS);
    FAILS(access("d/f", W_OK), EROFS);
    CHECK(access("d/f", R_OK) == 0 && close(open("d/f", O_RDONLY)) == 0);
    CHECK(mount("any", "d", "tmpfs", MS_REMOUNT, NULL) == 0 && unlink("d/f") == 0 && umount("d") == 0);
}

static void check_mistakes(void)
{
    FAILS(mount("any", "none", "tmpfs", 0, NULL), ENOENT);
    FAILS(mount("any", "d/hidden", "tmpfs", 0, NULL), ENOTDIR);
    FAILS(mount("any", "d", "nosuchfs", 0, NULL), ENODEV);
    FAILS(mount("any", "d", NULL, 0, NULL), EINVAL);
    FAILS(mount("any", "d", (void *)-1, 0, NULL), EFAULT);
    FAILS(mount("any", "d", "tmpfs", MS_REMOUNT, NULL), EINVAL);
    FAILS(umount2("d", 0x100), EINVAL);
    FAILS(umount("none"), ENOENT);
    CHECK(setresuid(-1, 65534, 0) == 0);
    FAILS(mount("any", "d", "tmpfs", 0, NULL), EPERM);
    FAILS(umount("d"), EPERM);
    CHECK(setresuid(-1, 0, -1) == 0);
}

int main(void)
{
    char home[] = "/tmp/mount-XXXXXX";
    if (geteuid() == 0) {
        CHECK(unshare(CLONE_NEWNS) == 0 || errno == ENOSYS);
        CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
        CHECK(mkdtemp(home) && chmod(home, 0755) == 0 && chdir(home) == 0);
        check_tree(home);
        check_read_only();
        check_mistakes();
        CHECK(unlink("d/hidden") == 0 && rmdir("d") == 0 && rmdir(home) == 0);
    }
    printf("OK\n");
}
