/* The parts of UEFI 2.10 that a loader needs. Pointers are the firmware's, good until ExitBootServices; its functions
 * follow Microsoft's calling convention. */
#pragma once
#include "kernel.h"

#define EFIAPI __attribute__((ms_abi))

typedef uint64_t efi_status;
#define EFI_SUCCESS 0ul
#define EFI_ERROR(n) (1ul << 63 | (n)) /* appendix D */
#define EFI_LOAD_ERROR EFI_ERROR(1)
#define EFI_INVALID_PARAMETER EFI_ERROR(2)
#define EFI_UNSUPPORTED EFI_ERROR(3)
#define EFI_BUFFER_TOO_SMALL EFI_ERROR(5)
#define EFI_OUT_OF_RESOURCES EFI_ERROR(9)

struct efi_guid {
    uint32_t a;
    uint16_t b, c;
    uint8_t d[8];
};
_Static_assert(sizeof(struct efi_guid) == 16, "UEFI, appendix A");

struct efi_table_header { /* 4.2 */
    uint64_t signature;
    uint32_t revision, size, crc32, reserved;
};
_Static_assert(sizeof(struct efi_table_header) == 24, "UEFI 4.2");

struct efi_text_output { /* 12.4 */
    void *reset;
    EFIAPI efi_status (*output_string)(struct efi_text_output *self, const uint16_t *text);
};

struct efi_memory_descriptor { /* 7.2.3; the firmware says how far apart they stand */
    uint32_t type, padding;
    uint64_t start, virtual_start, pages, attributes;
} __attribute__((packed));
_Static_assert(sizeof(struct efi_memory_descriptor) == 40, "UEFI 7.2.3");
enum efi_memory_type {
    EFI_LOADER_CODE = 1,
    EFI_LOADER_DATA = 2,
    EFI_BOOT_SERVICES_CODE = 3,
    EFI_BOOT_SERVICES_DATA = 4,
    EFI_CONVENTIONAL = 7,
    EFI_ACPI_RECLAIM = 9,
    EFI_ACPI_NVS = 10,
};
#define EFI_MEMORY_XP 0x4000ul
#define EFI_MEMORY_WB 0x8ul
#define EFI_MEMORY_RO 0x20000ul
#define EFI_MEMORY_SP 0x40000ul /* set apart for a special purpose */
#define EFI_PAGE_SIZE 4096ul

struct efi_boot_services { /* 4.4 */
    struct efi_table_header header;
    void *raise_tpl, *restore_tpl;
    EFIAPI efi_status (*allocate_pages)(uint32_t how, uint32_t type, uint64_t pages, uint64_t *address);
    void *free_pages;
    EFIAPI efi_status (*get_memory_map)(uint64_t *size, void *map, uint64_t *key, uint64_t *stride, uint32_t *version);
    EFIAPI efi_status (*allocate_pool)(uint32_t type, uint64_t size, void **buffer);
    EFIAPI efi_status (*free_pool)(void *buffer);
    void *events[6];
    void *protocol_interfaces[3];
    EFIAPI efi_status (*handle_protocol)(void *handle, const struct efi_guid *protocol, void **interface);
    void *reserved, *register_protocol_notify, *locate_handle, *locate_device_path, *install_configuration_table;
    void *load_image, *start_image, *exit, *unload_image;
    EFIAPI efi_status (*exit_boot_services)(void *image, uint64_t key);
    void *get_next_monotonic_count, *stall;
    EFIAPI efi_status (*set_watchdog_timer)(uint64_t seconds, uint64_t code, uint64_t size, const uint16_t *data);
    void *controllers[2];
    void *open_protocol[3];
    void *protocols_per_handle;
    EFIAPI efi_status (*locate_handle_buffer)(uint32_t how, const struct efi_guid *protocol, void *key, uint64_t *count,
                                              void ***handles);
    EFIAPI efi_status (*locate_protocol)(const struct efi_guid *protocol, void *registration, void **interface);
};
_Static_assert(offsetof(struct efi_boot_services, handle_protocol) == 152, "UEFI 4.4");
_Static_assert(offsetof(struct efi_boot_services, exit_boot_services) == 232, "UEFI 4.4");
_Static_assert(offsetof(struct efi_boot_services, locate_protocol) == 320, "UEFI 4.4");
#define EFI_ALLOCATE_MAX_ADDRESS 1
#define EFI_LOCATE_BY_PROTOCOL 2

struct efi_configuration_table { /* 4.6 */
    struct efi_guid guid;
    uint64_t address;
} __attribute__((packed)); /* a loader may have put the list anywhere */

struct efi_system_table { /* 4.3 */
    struct efi_table_header header;
    const uint16_t *vendor;
    uint32_t revision, padding;
    void *input_handle, *input, *output_handle;
    struct efi_text_output *output;
    void *error_handle, *error, *runtime;
    const struct efi_boot_services *boot;
    uint64_t table_count;
    const struct efi_configuration_table *tables;
};
_Static_assert(sizeof(struct efi_system_table) == 120, "UEFI 4.3");
#define EFI_SYSTEM_TABLE_SIGNATURE 0x5453595320494249ul

struct efi_loaded_image { /* 9.1 */
    uint32_t revision, padding;
    void *parent, *system_table, *device, *file_path, *reserved;
    uint32_t options_size, padding2;
    const uint16_t *options;
    uint64_t base, size;
};
_Static_assert(offsetof(struct efi_loaded_image, base) == 64, "UEFI 9.1");

struct efi_graphics_info { /* 12.9.2.1 */
    uint32_t version, width, height, format, red, green, blue, reserved, pixels_per_line;
};
_Static_assert(sizeof(struct efi_graphics_info) == 36, "UEFI 12.9.2.1");
enum { EFI_PIXEL_RGBX = 0, EFI_PIXEL_BGRX = 1, EFI_PIXEL_MASKS = 2 };
struct efi_graphics_output { /* 12.9.2 */
    void *query_mode, *set_mode, *blt;
    const struct {
        uint32_t max, mode;
        const struct efi_graphics_info *info;
        uint64_t info_size, framebuffer, framebuffer_size;
    } * mode;
};

struct efi_rng { /* 37.5 */
    void *get_info;
    EFIAPI efi_status (*get_rng)(struct efi_rng *self, const struct efi_guid *algorithm, uint64_t size, void *value);
};

struct efi_memory_attribute { /* 37.7 */
    void *get;
    void *set;
    EFIAPI efi_status (*clear)(struct efi_memory_attribute *self, uint64_t start, uint64_t size, uint64_t attributes);
};

/* boot/efi.c, in this order from entry/efi.S, which settles the image before and after efi_place.
 * The sum of the image's words as they were loaded, 0 when it is whole (linker/bzimage.ts). */
uint32_t efi_add_up(void);
/* Where the image goes on, below 4 GiB: here, or in a copy. NULL, and said why, when it is damaged or there is no room.
 */
char *efi_place(const struct efi_system_table *table, uint32_t sum);
/* Takes what the firmware knows and ends its services. EFI_SUCCESS: they are gone; else the reason has been said. */
efi_status efi_leave(void *image, const struct efi_system_table *table);
/* The map of that moment, while the firmware's page tables still reach it. Interrupts are off by now: who would handle
 * them is gone. */
void efi_take_memory_map(void);

/* boot/efi-facts.c: what the firmware says of the machine and of how it was started, copied. */
extern char efi_command_line[4096];
void efi_take_command_line(const struct efi_loaded_image *image);
paddr_t efi_find_rsdp(const struct efi_system_table *table); /* 0: none */
void efi_take_screen(const struct efi_boot_services *boot);
void efi_take_random(const struct efi_boot_services *boot);
