/* /proc: what is mounted where. */
#include "fs/proc.h"

static const struct {
    const char *type, *where, *options;
    enum fs_id fs;
} mounts[] = {
    {"tmpfs", "/", "rw", FS_ROOT},    {"devtmpfs", "/dev", "rw", FS_DEV},           {"proc", "/proc", "ro", FS_PROC},
    {"sysfs", "/sys", "ro", FS_PROC}, {"cgroup2", "/sys/fs/cgroup", "ro", FS_PROC},
};

int proc_mounts(struct text *t, long arg)
{
    for (size_t n = 0; n < ARRAY_LEN(mounts); n++)
        text_print(t, "%s %s %s %s,relatime 0 0\n", mounts[n].type, mounts[n].where, mounts[n].type, mounts[n].options);
    return 0;
}

int proc_mountinfo(struct text *t, long arg)
{
    for (size_t n = 0; n < ARRAY_LEN(mounts); n++)
        text_print(t, "%zu %u 0:%u / %s %s,relatime - %s %s %s\n", n + 1, n ? 1u : 0u, mounts[n].fs, mounts[n].where,
                   mounts[n].options, mounts[n].type, mounts[n].type, mounts[n].options);
    return 0;
}
