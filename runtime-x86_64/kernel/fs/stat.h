/* What is known about a file, in the kernel's own form; sys/stat.c turns it into the ABI's three. Times are ns since
 * 1970. */
#pragma once
#include "abi/stat.h"

struct kstat {
    uint64_t dev, ino, rdev;
    uint64_t size, blocks; /* bytes; units of 512 bytes */
    uint32_t mode, nlink, uid, gid, blksize;
    int64_t atime, mtime, ctime, btime; /* btime 0: not known */
};
