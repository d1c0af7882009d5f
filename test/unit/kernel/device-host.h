/* For host tests of the device code: what it needs of the kernel, over a small piece of memory that plays physical
 * memory. Include it first, then the kernel's .c files under test. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include "kernel.h"
#include "boot/boot.h"
#include "mm/mm.h"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))

uint64_t direct_map_base;
struct boot_info boot_info;
static unsigned warnings;

void log_warn(const char *fmt, ...)
{
    warnings++;
}
void log_info(const char *fmt, ...)
{
}
_Noreturn void panic(const char *fmt, ...)
{
    fprintf(stderr, "panic: %s\n", fmt);
    abort();
}
void *kmalloc(size_t n)
{
    return malloc(n);
}
void *kzalloc(size_t n)
{
    return calloc(1, n);
}
void kfree(void *p)
{
    free(p);
}
#ifndef OWN_PAGES /* the test has a page allocator */
void *page_alloc(unsigned order)
{
    return aligned_alloc(PAGE_SIZE, PAGE_SIZE << order);
}
void *page_alloc_zeroed(unsigned order)
{
    return memset(page_alloc(order), 0, PAGE_SIZE << order);
}
void page_free(void *p, unsigned order)
{
    free(p);
}
#endif

#include "random-host.h"

/* A table of another maker's (test/helpers/acpi-tables.ts), in exactly-sized memory so that the sanitizer sees the
 * first byte beyond. Kept until the end. */
static inline uint8_t *read_table(const char *name, size_t *size)
{
    static uint8_t *kept[32];
    static unsigned kept_count;
    char path[4096];
    const char *folder = getenv("ACPI_TABLES");
    CHECK(folder);
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *f = fopen(path, "rb");
    if (!f) {
        perror(path);
        exit(1);
    }
    fseek(f, 0, SEEK_END);
    *size = (size_t)ftell(f);
    rewind(f);
    uint8_t *data = malloc(*size);
    CHECK(fread(data, 1, *size, f) == *size);
    fclose(f);
    CHECK(kept_count < ARRAY_LEN(kept));
    return kept[kept_count++] = data;
}
