/* mremap(2): the vDSO and its data cannot grow (the kernel's memory would show behind them). They may be moved or
 * unmapped like anything else. prctl(2): a thread's name comes back padded with zeros, whatever stood behind it. */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

static unsigned long area_of(const char *name, unsigned long *size)
{
    char line[512];
    unsigned long start = 0, end, found = 0;
    FILE *f = fopen("/proc/self/maps", "r");
    while (f && !found && fgets(line, sizeof line, f))
        if (strstr(line, name) && sscanf(line, "%lx-%lx", &start, &end) == 2) {
            found = start;
            *size = end - start;
        }
    if (f)
        fclose(f);
    return found;
}

/* 0: the area kept its size. */
static int grows(const char *name)
{
    unsigned long size = 0, start = area_of(name, &size), bigger = size + (64 << 12);
    if (!start)
        return 0; /* a Linux may have none */
    if (mremap((void *)start, size, bigger, 0) != MAP_FAILED ||
        mremap((void *)start, size, bigger, MREMAP_MAYMOVE) != MAP_FAILED)
        return 1;
    void *place = mmap(0, bigger, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return mremap((void *)start, size, bigger, MREMAP_MAYMOVE | MREMAP_FIXED, place) != MAP_FAILED;
}

int main(void)
{
    static char short_name[16] = "ab\0secret bytes";
    char name[16];
    if (grows("[vvar]"))
        return 1;
    if (grows("[vdso]"))
        return 2;
    if (prctl(PR_SET_NAME, short_name) || prctl(PR_GET_NAME, name))
        return 3;
    for (unsigned i = 2; i < sizeof name; i++)
        if (name[i])
            return 4;
    puts("OK");
    return 0;
}
