/* What an ELF file asks for, checked. Pure: the caller reads the bytes (tested on the host against broken files). */
#pragma once
#include "mm/mm.h"

#define ELF_MAX_SEGMENTS 16
#define ELF_MAX_PROGRAM_HEADERS 64
#define ELF_MAX_PATH 4096

/* System V gABI, chapter 4 and 5. */
struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t header_size, program_header_size, program_header_count, section_header_size, section_header_count, names;
};
_Static_assert(sizeof(struct elf_header) == 64, "gABI");
struct elf_program_header {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, file_size, memory_size, align;
};
_Static_assert(sizeof(struct elf_program_header) == 56, "gABI");

struct elf_segment {
    uint64_t vaddr, offset, file_size, memory_size;
    int prot;
};
struct elf_program {
    bool movable;     /* ET_DYN: may be loaded anywhere */
    uint64_t entry;   /* this and all addresses below: before the load bias */
    uint64_t headers; /* where the program headers are in memory; 0: nowhere */
    unsigned header_count;
    uint64_t low, high; /* whole pages that the segments span */
    uint64_t align;     /* of the load bias, at least a page */
    unsigned segment_count;
    struct elf_segment segments[ELF_MAX_SEGMENTS]; /* ascending, no two in one page */
    uint64_t interpreter_offset, interpreter_size; /* of its path in the file, with the NUL; size 0: none */
};

/* Both return NULL, or in a few words what is wrong with the file. */
const char *elf_check_header(const struct elf_header *h, uint64_t file_size);
const char *elf_check_program(const struct elf_header *h, const struct elf_program_header *headers, uint64_t file_size,
                              struct elf_program *out);
