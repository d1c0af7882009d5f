/* The zero page of Linux' boot protocol, as far as it is read (Linux, arch/x86/include/uapi/asm/bootparam.h). */
#pragma once
#include "kernel.h"

#define LINUX_HEADER_MAGIC 0x53726448 /* "HdrS" */
#define UNIK_LOADER_MARK 0x6b696e75   /* "unik" */

struct e820_entry {
    uint64_t start, size;
    uint32_t type;
} __attribute__((packed));
_Static_assert(sizeof(struct e820_entry) == 20, "Linux boot protocol");

struct setup_data { /* at any address */
    uint64_t next;
    uint32_t type, size;
} __attribute__((packed));
_Static_assert(sizeof(struct setup_data) == 16, "Linux boot protocol");

struct screen_info {
    uint8_t unused[0x0f];
    uint8_t type;
    uint16_t unused2;
    uint16_t width, height, depth;
    uint32_t base, size;
    uint16_t unused3[2];
    uint16_t pitch;
    uint8_t red_size, red_shift, green_size, green_shift, blue_size, blue_shift;
    uint8_t unused4[10];
    uint32_t capabilities, base_high;
    uint16_t unused5;
} __attribute__((packed));
_Static_assert(sizeof(struct screen_info) == 64, "Linux boot protocol");

struct setup_header {
    uint8_t unused[0x11];
    uint32_t magic;
    uint8_t unused2[0x22];
    uint32_t command_line;
    uint8_t unused3[0x24];
    uint64_t setup_data;
    uint64_t preferred_address;
    uint32_t memory_size, efi_handover;
} __attribute__((packed));
_Static_assert(sizeof(struct setup_header) == 0x77, "Linux boot protocol");

struct efi_info {
    uint32_t signature, table;
    uint32_t unused[4];
    uint32_t table_high, unused2;
} __attribute__((packed));
_Static_assert(sizeof(struct efi_info) == 32, "Linux boot protocol");
#define LINUX_EFI_64 0x34364c45 /* "EL64" */

struct boot_params {
    struct screen_info screen;
    uint8_t unused[0x70 - 0x40];
    uint64_t rsdp;
    uint8_t unused2[0xc8 - 0x78];
    uint32_t command_line_high;
    uint8_t unused3[0x1c0 - 0xcc];
    struct efi_info efi;
    uint8_t unused4[0x1e8 - 0x1e0];
    uint8_t e820_count;
    uint8_t unused5[0x1ef - 0x1e9];
    uint8_t sentinel;
    uint8_t unused6;
    struct setup_header header;
    uint8_t unused7[0x290 - 0x268];
    /* Padding of the protocol: our own loader's (runtime-x86_64/loader). */
    uint32_t loader_mark;
    uint64_t loader_tsc;
    uint8_t unused8[0x2d0 - 0x29c];
    struct e820_entry e820[128];
    uint8_t unused9[0x1000 - 0xcd0];
} __attribute__((packed));
_Static_assert(offsetof(struct boot_params, header) == 0x1f1 && offsetof(struct boot_params, e820) == 0x2d0,
               "zero page");
_Static_assert(offsetof(struct boot_params, header.magic) == 0x202, "zero page");
_Static_assert(offsetof(struct boot_params, header.command_line) == 0x228, "zero page");
_Static_assert(offsetof(struct boot_params, header.setup_data) == 0x250, "zero page");
_Static_assert(offsetof(struct screen_info, pitch) == 0x24 && offsetof(struct screen_info, base) == 0x18, "zero page");
_Static_assert(sizeof(struct boot_params) == 4096, "zero page");
