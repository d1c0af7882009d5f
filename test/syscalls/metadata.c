/* Modes, owners, times, access, statx and statfs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <sys/time.h>
#include <time.h>
#include <utime.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s (errno %d)\n", __LINE__, #what, errno);                                                \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)
#define FAILS(call, error) CHECK((call) == -1 && errno == (error))

int main(void)
{
    char name[] = "/tmp/metadata-XXXXXX";
    struct stat st;
    struct statx sx;
    int fd = mkstemp(name);
    CHECK(chmod(name, 0644) == 0 && stat(name, &st) == 0 && (st.st_mode & 07777) == 0644);
    CHECK(fchmod(fd, 04711) == 0 && fstat(fd, &st) == 0 && (st.st_mode & 07777) == 04711);
    CHECK(chown(name, 5, 6) == 0 && stat(name, &st) == 0 && st.st_uid == 5 && st.st_gid == 6 &&
          !(st.st_mode & S_ISUID));
    CHECK(fchown(fd, -1, 7) == 0 && fstat(fd, &st) == 0 && st.st_uid == 5 && st.st_gid == 7);
    CHECK(fchownat(AT_FDCWD, name, 0, 0, AT_SYMLINK_NOFOLLOW) == 0);

    CHECK(chmod(name, 0600) == 0 && access(name, R_OK | W_OK) == 0);
    FAILS(access(name, X_OK), EACCES);
    CHECK(chmod(name, 0001) == 0 && access(name, R_OK | W_OK | X_OK) == 0); /* root */
    FAILS(access("/tmp/none", F_OK), ENOENT);
    FAILS(access(name, 8), EINVAL);
    CHECK(faccessat(AT_FDCWD, name, F_OK, AT_EACCESS) == 0);

    struct timespec ts[2] = {{1000, 5}, {2000, 6}};
    CHECK(utimensat(AT_FDCWD, name, ts, 0) == 0 && stat(name, &st) == 0);
    CHECK(st.st_atim.tv_sec == 1000 && st.st_atim.tv_nsec == 5 && st.st_mtim.tv_sec == 2000 && st.st_mtim.tv_nsec == 6);
    ts[0].tv_nsec = UTIME_OMIT;
    ts[1].tv_nsec = UTIME_NOW;
    CHECK(futimens(fd, ts) == 0 && fstat(fd, &st) == 0 && st.st_atim.tv_sec == 1000 && st.st_mtim.tv_sec > 100000);
    ts[0].tv_nsec = 2000000000;
    FAILS(futimens(fd, ts), EINVAL);
    struct timeval tv[2] = {{5, 7}, {6, 8}};
    CHECK(utimes(name, tv) == 0 && stat(name, &st) == 0 && st.st_mtim.tv_sec == 6 && st.st_mtim.tv_nsec == 8000);
    CHECK(utime(name, &(struct utimbuf){11, 12}) == 0 && stat(name, &st) == 0 && st.st_atime == 11 &&
          st.st_mtime == 12);
    CHECK(write(fd, "x", 1) == 1 && fstat(fd, &st) == 0 && st.st_mtime > 100000 && st.st_ctime > 100000);

    CHECK(statx(AT_FDCWD, name, 0, STATX_ALL, &sx) == 0 && sx.stx_size == 1 && sx.stx_ino == st.st_ino);
    CHECK((sx.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS && S_ISREG(sx.stx_mode) &&
          sx.stx_mtime.tv_sec == st.st_mtime);
    CHECK(makedev(sx.stx_dev_major, sx.stx_dev_minor) == st.st_dev);
    CHECK(statx(fd, "", AT_EMPTY_PATH, STATX_SIZE, &sx) == 0 && sx.stx_size == 1);
    CHECK(fstatat(fd, "", &st, AT_EMPTY_PATH) == 0 && st.st_size == 1);
    FAILS(fstatat(fd, "", &st, 0), ENOENT);
    FAILS(statx(AT_FDCWD, name, 0x10000, 0, &sx), EINVAL);
    FAILS(statx(999, "x", 0, 0, &sx), EBADF);
    FAILS(statx(fd, "x", 0, 0, &sx), ENOTDIR);
    int ends[2];
    CHECK(pipe(ends) == 0 && fstatat(ends[0], "", &st, AT_EMPTY_PATH) == 0 && S_ISFIFO(st.st_mode));

    struct statfs fs;
    CHECK(statfs("/tmp", &fs) == 0 && fs.f_bsize > 0 && fs.f_blocks > 0 && fs.f_namelen == 255 &&
          fstatfs(fd, &fs) == 0);
    CHECK(statfs("/proc", &fs) == 0 && fs.f_type == 0x9fa0);
    FAILS(statfs("/tmp/none", &fs), ENOENT);
    umask(077);
    CHECK(umask(022) == 077);
    CHECK(unlink(name) == 0);
    FAILS(chmod(name, 0600), ENOENT);
    puts("OK");
    return 0;
}
