/* /proc/sys: settings that programs read and that are not constant (those stand in the table); none can be changed. */
#include "fs/proc.h"
#include "drivers/driver.h"
#include "sys/system.h"

int proc_domainname(struct text *t, long arg)
{
    text_print(t, "%s\n", system_domainname());
    return 0;
}

int proc_hostname(struct text *t, long arg)
{
    text_print(t, "%s\n", system_hostname());
    return 0;
}

/* A random UUID, version 4 (RFC 9562, 5.4). */
static void print_uuid(struct text *t, const uint8_t b[16])
{
    for (int n = 0; n < 16; n++) {
        uint8_t v = n == 6 ? (b[n] & 0x0f) | 0x40 : n == 8 ? (b[n] & 0x3f) | 0x80 : b[n];
        text_print(t, n == 4 || n == 6 || n == 8 || n == 10 ? "-%02x" : "%02x", v);
    }
    text_print(t, "\n");
}

int proc_uuid(struct text *t, long arg)
{
    uint8_t bytes[16];
    entropy_read(bytes, sizeof bytes);
    print_uuid(t, bytes);
    return 0;
}

int proc_boot_id(struct text *t, long arg)
{
    static uint8_t id[16];
    static bool drawn;
    if (!drawn)
        entropy_read(id, sizeof id);
    drawn = true;
    print_uuid(t, id);
    return 0;
}
