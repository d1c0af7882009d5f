/* Before relocation: this code runs at the image's physical address on an identity map of 4 GiB, and direct_map_base is
 * still 0, so phys_to_virt works. A pointer stored now would be stale later: store numbers only. */
#pragma once
#include "boot/boot.h"

/* Xen, include/public/arch-x86/hvm/start_info.h */
struct hvm_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, command_line, rsdp;
    uint64_t memory_map; /* version 1 */
    uint32_t memory_map_count, reserved;
};
_Static_assert(sizeof(struct hvm_start_info) == 56, "PVH ABI");

/* A boot protocol: the loader's facts into boot_info; boot_refuse when there is no memory map. One file each. */
typedef void boot_read(const void *info);
boot_read pvh_read, linux_read, efi_read;

/* Whether [start, start + size) is mapped while a boot_read runs; 0 stands for "nothing". */
#define IDENTITY_END (4ull << 30)
static inline bool boot_reachable(uint64_t start, uint64_t size)
{
    return start && start < IDENTITY_END && size <= IDENTITY_END - start;
}
/* boot/e820.c: not beyond what the CPU can address. */
struct boot_range e820_range(uint64_t start, uint64_t size, uint32_t type);

/* boot/fw-cfg.c: boot_info.command_line from the build's default, the loader's line (at most loader_max bytes) and what
 * QEMU adds for media that take no words. */
void boot_join_words(const char *loader, size_t loader_max);

/* boot/memory-map.c: sorts, resolves overlaps (reserved wins over ACPI wins over free), shrinks free ranges to whole
 * pages, drops what lies above PHYS_LIMIT. Returns how many ranges `out` holds; the highest ones are left out when they
 * are more than `max`. */
#define PHYS_LIMIT (1ull << 44)
unsigned memory_map_normalize(const struct boot_range *in, unsigned count, struct boot_range *out, unsigned max);
/* Cuts [start, end) out of the free ranges of boot_info. False when any part of it was not free. */
bool memory_map_take(paddr_t start, paddr_t end);
/* One zeroed page below 4 GiB out of boot_info's free ranges, for good. */
paddr_t memory_map_take_page(void);

/* boot/refuse.c: says why this machine cannot be used, on the first serial port, before there is a console; then stops.
 */
_Noreturn void boot_refuse(const char *why);
/* The same words and the record of the failure, for a start that goes back to the loader. */
void boot_tell_refusal(const char *why);

/* boot/early.c, from entry/<protocol>.S. */
struct boot_handover {
    uint64_t offset; /* of the image's virtual address from its physical one */
    paddr_t root;    /* of the final page tables */
};
struct boot_handover boot_early(boot_read *read, const void *info, uint64_t entry_tsc);
/* Makes the image's pointers right for where it is now: any page below 4 GiB. Before any static pointer is used; may be
 * called again after the image has been copied elsewhere. */
void boot_settle_image(void);
extern char early_tables[6 * 4096], boot_stack_guard[], boot_stack_top[];
_Noreturn void kernel_main(void);
