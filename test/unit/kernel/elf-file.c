/* mm/elf-file.c: this very program is accepted; each broken field is refused with its own words; random damage is
 * survived. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "mm/elf-file.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))
#define FILE_SIZE 0x10000

static struct elf_header good_header(void)
{
    return (struct elf_header){.ident = "\177ELF\2\1\1",
                               .type = ET_DYN,
                               .machine = EM_X86_64,
                               .entry = 0x1010,
                               .program_headers = 64,
                               .program_header_size = 56,
                               .program_header_count = 3};
}

static const struct elf_program_header good[3] = {
    {.type = PT_LOAD,
     .flags = PF_R,
     .offset = 0,
     .vaddr = 0,
     .file_size = 0x800,
     .memory_size = 0x800,
     .align = 0x1000},
    {.type = PT_LOAD,
     .flags = PF_R | PF_X,
     .offset = 0x1000,
     .vaddr = 0x1000,
     .file_size = 0x900,
     .memory_size = 0x900,
     .align = 0x1000},
    {.type = PT_LOAD,
     .flags = PF_R | PF_W,
     .offset = 0x1900,
     .vaddr = 0x2900,
     .file_size = 0x100,
     .memory_size = 0x5000,
     .align = 0x1000},
};

static void a_good_file_is_understood(void)
{
    struct elf_program p;
    struct elf_header h = good_header();
    CHECK(!elf_check_header(&h, FILE_SIZE) && !elf_check_program(&h, good, FILE_SIZE, &p));
    CHECK(p.movable && p.entry == 0x1010 && p.headers == 64 && p.header_count == 3 && p.segment_count == 3);
    CHECK(p.low == 0 && p.high == 0x8000 && p.align == 0x1000 && !p.interpreter_size);
    CHECK(p.segments[2].prot == (PROT_READ | PROT_WRITE) && p.segments[2].vaddr == 0x2900);
}

static void refuses_header(size_t offset, size_t size, uint64_t value, const char *words)
{
    struct elf_header h = good_header();
    memcpy((char *)&h + offset, &value, size);
    const char *why = elf_check_header(&h, FILE_SIZE);
    CHECK(why && strstr(why, words));
}

static void refuses_program(unsigned index, struct elf_program_header changed, const char *words)
{
    struct elf_program p;
    struct elf_header h = good_header();
    struct elf_program_header headers[3];
    memcpy(headers, good, sizeof good);
    headers[index] = changed;
    const char *why = elf_check_program(&h, headers, FILE_SIZE, &p);
    CHECK(why && strstr(why, words));
}

#define HEADER(field, value, words)                                                                                    \
    refuses_header(offsetof(struct elf_header, field), sizeof(((struct elf_header *)0)->field), value, words)
#define PROGRAM(index, field, value, words)                                                                            \
    do {                                                                                                               \
        struct elf_program_header changed = good[index];                                                               \
        changed.field = value;                                                                                         \
        refuses_program(index, changed, words);                                                                        \
    } while (0)

static void each_broken_field_is_named(void)
{
    refuses_header(0, 1, 'X', "not an ELF");
    refuses_header(4, 1, 1, "not for x86_64");
    refuses_header(5, 1, 2, "not for x86_64");
    HEADER(machine, 40, "not for x86_64");
    HEADER(type, 1, "not a program");
    HEADER(program_header_size, 32, "no program headers");
    HEADER(program_header_count, 0, "no program headers");
    HEADER(program_header_count, 65, "more than 64");
    HEADER(program_headers, FILE_SIZE - 100, "cut short");
    HEADER(program_headers, UINT64_MAX - 8, "cut short");
    PROGRAM(1, file_size, 0x901, "larger in the file");
    PROGRAM(1, offset, UINT64_MAX - 0xfff, "cut short");
    PROGRAM(1, offset, FILE_SIZE, "cut short");
    PROGRAM(1, vaddr, UINT64_MAX - 0xfff, "outside of the address space");
    PROGRAM(2, memory_size, UINT64_MAX - 0x100, "outside of the address space");
    PROGRAM(2, vaddr, 0x1900, "overlap");
    PROGRAM(2, vaddr, 0x2901, "disagree");
    PROGRAM(2, align, 0x3000, "alignment");
    PROGRAM(2, align, 1ul << 40, "alignment");
    PROGRAM(2, flags, PF_R | PF_W | PF_X, "writable and executable");
    PROGRAM(1, flags, PF_R, "no executable code");
    refuses_program(0, (struct elf_program_header){.type = PT_INTERP, .offset = 0, .file_size = 1}, "program loader");
    refuses_program(0, (struct elf_program_header){.type = PT_INTERP, .offset = FILE_SIZE, .file_size = 9},
                    "program loader");
}

static void a_program_below_the_lowest_address_is_refused(void)
{
    struct elf_program p;
    struct elf_header h = good_header();
    h.type = ET_EXEC;
    CHECK(strstr(elf_check_program(&h, good, FILE_SIZE, &p), "lowest address"));
}

static void this_program_is_accepted(void)
{
    static char bytes[1 << 16];
    struct elf_program p;
    FILE *f = fopen("/proc/self/exe", "rb");
    CHECK(f && fread(bytes, 1, sizeof bytes, f) > 4096 && !fseek(f, 0, SEEK_END));
    uint64_t size = (uint64_t)ftell(f);
    fclose(f);
    const struct elf_header *h = (const void *)bytes;
    CHECK(!elf_check_header(h, size));
    CHECK(!elf_check_program(h, (const void *)(bytes + h->program_headers), size, &p));
    CHECK(p.interpreter_size && p.headers && p.segment_count >= 4);
}

/* Whatever is accepted has segments inside of the app's half, in order, and backed by the file. */
static void random_damage_is_survived(void)
{
    srand(4);
    for (unsigned round = 0; round < 200000; round++) {
        struct elf_program p;
        struct elf_header h = good_header();
        struct elf_program_header headers[3];
        memcpy(headers, good, sizeof good);
        for (unsigned i = 0; i < 1 + (unsigned)rand() % 3; i++)
            ((uint64_t *)headers)[rand() % 21] = (uint64_t)rand() << rand() % 40 >> rand() % 30;
        if (elf_check_header(&h, FILE_SIZE) || elf_check_program(&h, headers, FILE_SIZE, &p))
            continue;
        CHECK(p.high <= USER_MAX && p.low < p.high);
        for (unsigned i = 0; i < p.segment_count; i++) {
            const struct elf_segment *s = &p.segments[i];
            CHECK(s->offset + s->file_size <= FILE_SIZE && s->file_size <= s->memory_size);
            CHECK(s->vaddr + s->memory_size <= p.high && s->vaddr >= p.low);
            CHECK(!i || s->vaddr / PAGE_SIZE > (s[-1].vaddr + s[-1].memory_size - 1) / PAGE_SIZE);
        }
    }
}

int main(void)
{
    a_good_file_is_understood();
    each_broken_field_is_named();
    a_program_below_the_lowest_address_is_refused();
    this_program_is_accepted();
    random_damage_is_survived();
    return 0;
}
