#include "mm/elf-file.h"

#define ELF_CLASS_64 2
#define ELF_DATA_LITTLE 1
#define ET_EXEC 2
#define ET_DYN 3
#define EM_X86_64 62
#define PT_LOAD 1
#define PT_INTERP 3
#define PF_X 1
#define PF_W 2
#define PF_R 4
#define MAX_ALIGN (1ul << 30)

const char *elf_check_header(const struct elf_header *h, uint64_t file_size)
{
    uint64_t size = (uint64_t)h->program_header_count * sizeof(struct elf_program_header);
    if (memcmp(h->ident, "\177ELF", 4))
        return "is not an ELF file";
    if (h->ident[4] != ELF_CLASS_64 || h->ident[5] != ELF_DATA_LITTLE || h->machine != EM_X86_64)
        return "is an ELF file, but not for x86_64";
    if (h->type != ET_EXEC && h->type != ET_DYN)
        return "is an ELF file, but not a program";
    if (h->program_header_size != sizeof(struct elf_program_header) || !h->program_header_count)
        return "has no program headers";
    if (h->program_header_count > ELF_MAX_PROGRAM_HEADERS)
        return "has more than 64 program headers";
    if (h->program_headers > file_size || size > file_size - h->program_headers)
        return "is cut short: its program headers lie beyond its end";
    return NULL;
}

static int prot_of(uint32_t flags)
{
    return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

/* The segment's place must be in the app's half, above the segment before it, and agree with the file's pages. */
static const char *check_load(const struct elf_program_header *p, uint64_t file_size, const struct elf_program *out)
{
    uint64_t previous = out->segment_count ? out->high : 0, end;
    if (out->segment_count == ELF_MAX_SEGMENTS)
        return "has more than 16 loadable segments";
    if (p->file_size > p->memory_size)
        return "has a segment that is larger in the file than in memory";
    if (p->offset > file_size || p->file_size > file_size - p->offset)
        return "is cut short: a segment lies beyond its end";
    if (__builtin_add_overflow(p->vaddr, p->memory_size, &end) || end > USER_MAX)
        return "has a segment outside of the address space";
    if (ALIGN_DOWN(p->vaddr, PAGE_SIZE) < previous)
        return "has segments that overlap or are out of order";
    if ((p->vaddr ^ p->offset) & PAGE_MASK)
        return "has a segment whose address and offset disagree";
    if (p->align & (p->align - 1) || p->align > MAX_ALIGN)
        return "has a segment with an impossible alignment";
    if (p->flags & PF_W && p->flags & PF_X)
        return "has a segment that is writable and executable";
    return NULL;
}

static void add_segment(const struct elf_header *h, const struct elf_program_header *p, struct elf_program *out)
{
    uint64_t headers = h->program_headers - p->offset, size = h->program_header_count * sizeof *p;
    if (!out->segment_count)
        out->low = ALIGN_DOWN(p->vaddr, PAGE_SIZE);
    out->high = ALIGN_UP(p->vaddr + p->memory_size, PAGE_SIZE);
    out->align = MAX(out->align, p->align);
    if (!out->headers && h->program_headers >= p->offset && headers <= p->file_size && size <= p->file_size - headers)
        out->headers = p->vaddr + headers;
    out->segments[out->segment_count++] =
        (struct elf_segment){p->vaddr, p->offset, p->file_size, p->memory_size, prot_of(p->flags)};
}

static const char *add_interpreter(const struct elf_program_header *p, uint64_t file_size, struct elf_program *out)
{
    if (out->interpreter_size)
        return "names more than one program loader";
    if (p->file_size < 2 || p->file_size > ELF_MAX_PATH || p->offset > file_size ||
        p->file_size > file_size - p->offset)
        return "has a broken path of its program loader";
    out->interpreter_offset = p->offset;
    out->interpreter_size = p->file_size;
    return NULL;
}

static bool is_executable(const struct elf_program *program, uint64_t addr)
{
    for (unsigned i = 0; i < program->segment_count; i++) {
        const struct elf_segment *s = &program->segments[i];
        if (s->prot & PROT_EXEC && addr >= s->vaddr && addr - s->vaddr < s->memory_size)
            return true;
    }
    return false;
}

const char *elf_check_program(const struct elf_header *h, const struct elf_program_header *headers, uint64_t file_size,
                              struct elf_program *out)
{
    *out = (struct elf_program){.movable = h->type == ET_DYN, .entry = h->entry, .align = PAGE_SIZE};
    out->header_count = h->program_header_count;
    for (unsigned i = 0; i < h->program_header_count; i++) {
        const struct elf_program_header *p = &headers[i];
        const char *wrong = NULL;
        if (p->type == PT_INTERP)
            wrong = add_interpreter(p, file_size, out);
        if (p->type != PT_LOAD || !p->memory_size || wrong) {
            if (wrong)
                return wrong;
            continue;
        }
        wrong = check_load(p, file_size, out);
        if (wrong)
            return wrong;
        add_segment(h, p, out);
    }
    if (!is_executable(out, h->entry))
        return "has no executable code at its entry point";
    if (!out->movable && out->low < USER_MIN)
        return "wants to be loaded below the lowest address";
    return NULL;
}
