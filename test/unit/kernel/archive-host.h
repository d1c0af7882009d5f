/* Makes cpio archives for the tests of root file systems. */
#pragma once
#include "files-tree.h"

static char *archive;
static size_t archive_len;

static void add_bytes(const void *data, size_t n)
{
    archive = realloc(archive, archive_len + n);
    memcpy(archive + archive_len, data, n);
    archive_len += n;
}

static void pad(void)
{
    while (archive_len % 4)
        add_bytes("", 1);
}

static void put_entry(const char *name, uint32_t mode, uint32_t ino, uint32_t nlink, const char *data, size_t size)
{
    char head[128];
    sprintf(head, "070701%08x%08x%08x%08x%08x%08x%08zx%08x%08x%08x%08x%08zx%08x", ino, mode, 7u, 9u, nlink, 1234u, size,
            0u, 3u, 1u, 5u, strlen(name) + 1, 0u);
    add_bytes(head, 110);
    add_bytes(name, strlen(name) + 1);
    pad();
    add_bytes(data, size);
    pad();
}
