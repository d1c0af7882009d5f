/* Extended attributes: xattr-list.c has them, xattr.c the system calls. */
#pragma once
#include "fs/vfs.h"

#define XATTR_CREATE 1
#define XATTR_REPLACE 2
#define XATTR_NAME_MAX 255
#define XATTR_SIZE_MAX 65536

struct xattr {
    struct xattr *next;
    uint32_t size; /* of the value, which stands behind the name */
    char name[];
};
bool xattr_is_hidden(const char *name);
/* Who may not gets -EPERM or -EACCES, a name of no known kind -EOPNOTSUPP. */
int xattr_set(struct inode *i, const char *name, const void *value, size_t size, int flags); /* -ENOSPC, ... */
ssize_t xattr_get(struct inode *i, const char *name, const void **value);                    /* its size, or -ENODATA */
int xattr_remove(struct inode *i, const char *name);                                         /* -ENODATA */
