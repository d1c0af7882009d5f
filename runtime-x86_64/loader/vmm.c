/* What Firecracker does with a kernel that it starts by Linux's 64-bit boot protocol: a PVH kernel whose only module is
 * that kernel, so that any machine monitor that starts PVH kernels can stand in for one. The layout of low memory is
 * Firecracker's. */
#include <stdint.h>

#define PARAMS 0x7000
#define PML4 0x9000
#define PDPT 0xa000
#define PAGE_DIRECTORY 0xb000
#define COMMAND_LINE 0x20000
#define COMMAND_LINE_MAX 2048
#define E820_MAX 128
#define TABLE_FLAGS 3   /* present, writable */
#define PAGE_FLAGS 0x83 /* and 2 MiB large */
#define PT_LOAD 1

/* Xen, include/public/arch-x86/hvm/start_info.h */
struct start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp, memory_map;
    uint32_t memory_map_count, reserved;
};
struct module {
    uint64_t address, size, command_line, reserved;
};
struct memory_range {
    uint64_t start, size;
    uint32_t type, reserved;
};
struct elf {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, segments, sections;
    uint32_t flags;
    uint16_t size, segment_size, segment_count;
};
struct segment {
    uint32_t type, flags;
    uint64_t offset, virtual_address, address, file_size, memory_size, align;
};
struct __attribute__((packed)) e820_entry {
    uint64_t start, size;
    uint32_t type;
};
_Static_assert(sizeof(struct start_info) == 56 && sizeof(struct memory_range) == 24, "PVH ABI");
_Static_assert(sizeof(struct segment) == 56 && sizeof(struct e820_entry) == 20, "gABI; boot.rst");

static void *at(uint64_t address)
{
    return (void *)(uintptr_t)address;
}

static void copy(void *to, const void *from, uint32_t size)
{
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(size) : : "memory");
}

static void clear(void *to, uint32_t size)
{
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(size) : "a"(0) : "memory");
}

static void load_segments(const uint8_t *file, const struct elf *elf)
{
    for (unsigned i = 0; i < elf->segment_count; i++) {
        const struct segment *s = (const void *)(file + elf->segments + i * elf->segment_size);
        if (s->type != PT_LOAD)
            continue;
        copy(at(s->address), file + s->offset, (uint32_t)s->file_size);
        clear(at(s->address + s->file_size), (uint32_t)(s->memory_size - s->file_size));
    }
}

/* Documentation/arch/x86/zero-page.rst */
static void fill_params(const struct start_info *info)
{
    uint8_t *params = at(PARAMS);
    const char *line = at(info->command_line);
    uint32_t length = 0;
    while (line && line[length] && length < COMMAND_LINE_MAX - 1)
        length++;
    copy(at(COMMAND_LINE), line, length);
    ((char *)at(COMMAND_LINE))[length] = 0;
    clear(params, 4096);
    *(uint16_t *)(params + 0x1fe) = 0xaa55;
    *(uint32_t *)(params + 0x202) = 0x53726448; /* HdrS */
    params[0x210] = 0xff;                       /* a loader without a number */
    *(uint32_t *)(params + 0x228) = COMMAND_LINE;
    *(uint32_t *)(params + 0x238) = length + 1;
    const struct memory_range *map = at(info->memory_map);
    struct e820_entry *e820 = (void *)(params + 0x2d0);
    for (unsigned i = 0; i < info->memory_map_count && i < E820_MAX; i++)
        e820[params[0x1e8]++] = (struct e820_entry){map[i].start, map[i].size, map[i].type};
}

/* The first GiB where it is, by large pages. */
static void make_page_tables(void)
{
    clear(at(PML4), 3 * 4096);
    *(uint64_t *)at(PML4) = PDPT | TABLE_FLAGS;
    *(uint64_t *)at(PDPT) = PAGE_DIRECTORY | TABLE_FLAGS;
    for (uint32_t i = 0; i < 512; i++)
        ((uint64_t *)at(PAGE_DIRECTORY))[i] = (uint64_t)i << 21 | PAGE_FLAGS;
}

/* Returns the kernel's entry. */
uint32_t vmm_load(const struct start_info *info)
{
    const struct module *module = at(info->modules);
    const uint8_t *file = at(module->address);
    fill_params(info);
    load_segments(file, (const void *)file);
    make_page_tables();
    return (uint32_t)((const struct elf *)file)->entry;
}
