/* A newc archive as root: good entries with any fields, names and data, and cut anywhere. */
#include "fuzz.h"
#include "../unit/kernel/files-rootfs.c"

/* One of the numbers of a header (14 to go by: magic, 13 fields of 8 digits) becomes any number. */
static void change_field(size_t header)
{
    char digits[9];
    snprintf(digits, sizeof digits, random_u64() % 2 ? "%08x" : "%08X", (uint32_t)random_u64());
    memcpy(archive + header + 6 + 8 * (random_u64() % 13), digits, 8);
}

static void add_any_entry(void)
{
    char name[64], data[64];
    size_t length = take_bytes(name, random_u64() % sizeof name), size = take_bytes(data, random_u64() % sizeof data);
    static const uint32_t modes[] = {0100644, 0040755, 0120777, 0020666, 0010600, 0140777, 0};
    name[length] = 0;
    size_t header = archive_len;
    put_entry(name, modes[random_u64() % ARRAY_LEN(modes)], (uint32_t)(random_u64() % 8), random_u64() % 3, data, size);
    for (unsigned n = random_u64() % 3; n; n--)
        change_field(header);
}

static void run(void)
{
    static bool ready;
    if (!ready)
        dentry_init();
    ready = true;
    make_archive();
    archive_len = random_u64() % archive_len & ~3ul;
    while (random_left() && archive_len < 1 << 16)
        add_any_entry();
    damage(archive, archive_len + !archive_len);
    index_copy(archive, random_u64() % 4 ? archive_len : random_u64() % (archive_len + 1));
    CHECK(frame_count == 0);
}
FUZZ(run)
