/* Loads the program and, when it names one, its program loader: each segment is a mapping of the file. */
#include "mm/elf.h"
#include "mm/space.h"
#include "boot/boot.h"
#include "fs/vfs.h"
#include "time/vvar.h"

/* Two thirds up, as Linux has it (ELF_ET_DYN_BASE). */
#define PIE_BASE 0x555555554000ul

extern char vvar_page[PAGE_SIZE];

struct program_file {
    struct file *file;
    const char *path;
    struct elf_program program;
};

static int refuse(const char *path, const char *why)
{
    log_warn("cannot run %s: it %s", path, why);
    return -ENOEXEC;
}

static int read_at(struct file *f, void *dst, size_t n, uint64_t offset)
{
    struct iter it;
    iter_kernel(&it, dst, n);
    ssize_t done = f->ops->read ? f->ops->read(f, &it, (loff_t)offset) : -EINVAL;
    return done < 0 ? (int)done : (size_t)done == n ? 0 : -ENOEXEC;
}

static int read_program(struct program_file *pf, uint64_t size)
{
    struct elf_header header;
    struct elf_program_header headers[ELF_MAX_PROGRAM_HEADERS];
    if (read_at(pf->file, &header, sizeof header, 0))
        return refuse(pf->path, "is too short for an ELF file");
    const char *wrong = elf_check_header(&header, size);
    if (wrong)
        return refuse(pf->path, wrong);
    int err = read_at(pf->file, headers, header.program_header_count * sizeof *headers, header.program_headers);
    if (err)
        return err;
    wrong = elf_check_program(&header, headers, size, &pf->program);
    return wrong ? refuse(pf->path, wrong) : 0;
}

static int open_program(const char *path, struct program_file *pf)
{
    struct kstat st;
    pf->path = path;
    int err = vfs_open(path, O_RDONLY, 0, &pf->file);
    if (err) {
        log_warn("cannot run %s: error %d on opening it", path, -err);
        return err;
    }
    if (!pf->file->inode || inode_type(pf->file->inode) != S_IFREG) {
        err = refuse(path, "is not a regular file");
    } else {
        inode_stat(pf->file->inode, &st);
        err = read_program(pf, st.size);
    }
    if (err)
        file_put(pf->file);
    return err;
}

static int map_fixed(uaddr_t start, uaddr_t end, int prot, int flags, struct file *file, uint64_t offset)
{
    uaddr_t at =
        start < end ? space_map(start, end - start, prot, flags | MAP_PRIVATE | MAP_FIXED_NOREPLACE, file, offset) : 0;
    return (int64_t)at < 0 ? (int)at : 0;
}

static int map_segment(struct file *file, const struct elf_segment *s, uint64_t bias)
{
    uaddr_t start = bias + ALIGN_DOWN(s->vaddr, PAGE_SIZE), data_end = bias + s->vaddr + s->file_size;
    uaddr_t file_end = s->file_size ? ALIGN_UP(data_end, PAGE_SIZE) : start;
    uaddr_t end = ALIGN_UP(bias + s->vaddr + s->memory_size, PAGE_SIZE);
    int err = map_fixed(start, file_end, s->prot, 0, file, ALIGN_DOWN(s->offset, PAGE_SIZE));
    if (!err)
        err = map_fixed(file_end, end, s->prot, MAP_ANONYMOUS, NULL, 0);
    /* What follows in the last page of the file is not the program's: it must read as zero. */
    if (!err && s->memory_size > s->file_size && file_end > data_end && s->prot & PROT_WRITE)
        err = user_zero(data_end, file_end - data_end);
    return err;
}

static int map_segments(const struct program_file *pf, uint64_t bias)
{
    int err = 0;
    for (unsigned i = 0; i < pf->program.segment_count && !err; i++)
        err = map_segment(pf->file, &pf->program.segments[i], bias);
    return err;
}

static uint64_t program_bias(const struct elf_program *p)
{
    return p->movable ? ALIGN_UP(PIE_BASE + space_random(PIE_RANDOM_BITS), p->align) - ALIGN_DOWN(p->low, p->align) : 0;
}

static int load_interpreter(const struct program_file *main, struct elf_loaded *e)
{
    struct program_file pf;
    char *path = kzalloc(ELF_MAX_PATH + 1);
    int err =
        path ? read_at(main->file, path, main->program.interpreter_size, main->program.interpreter_offset) : -ENOMEM;
    if (!err)
        err = open_program(path, &pf);
    if (!err) {
        const struct elf_program *p = &pf.program;
        uaddr_t place = p->movable ? space_find_place(p->high - p->low) : p->low;
        uint64_t bias = place - p->low;
        err = place ? map_segments(&pf, bias) : -ENOMEM;
        e->interpreter_base = bias;
        e->start = bias + p->entry;
        file_put(pf.file);
    }
    kfree(path);
    return err;
}

static int map_vdso(struct elf_loaded *e)
{
    size_t len = ALIGN_UP((size_t)(vdso_end - vdso_start), PAGE_SIZE);
    if (!len)
        return 0;
    if (len > PAGE_SIZE) /* it finds the page before it by masking its own address */
        panic("the vDSO has %zu bytes, and one page is all it may have", (size_t)(vdso_end - vdso_start));
    uaddr_t at = space_find_place(PAGE_SIZE + len);
    int err = at ? space_map_image(at, vvar_page, PAGE_SIZE, PROT_READ, "[vvar]") : -ENOMEM;
    if (!err)
        err = space_map_image(at + PAGE_SIZE, vdso_start, len, PROT_READ | PROT_EXEC, "[vdso]");
    e->vdso = at + PAGE_SIZE;
    return err;
}

static int load(const struct program_file *pf, struct elf_loaded *e)
{
    const struct elf_program *p = &pf->program;
    uint64_t bias = program_bias(p);
    int err = map_segments(pf, bias);
    if (err)
        return err;
    *e = (struct elf_loaded){.entry = bias + p->entry, .start = bias + p->entry, .header_count = p->header_count};
    e->headers = p->headers ? bias + p->headers : 0;
    space_start_brk(bias + p->high);
    if (p->interpreter_size)
        err = load_interpreter(pf, e);
    return err ? err : map_vdso(e);
}

int elf_exec(const char *path, const char *const *argv, const char *const *envp, uint64_t *entry, uint64_t *stack)
{
    struct program_file pf;
    struct elf_loaded loaded;
    int err = open_program(path, &pf);
    if (err)
        return err;
    err = load(&pf, &loaded);
    if (err) {
        log_warn("cannot run %s: error %d on loading it", path, -err);
        file_put(pf.file);
        return err;
    }
    exec_info.file = pf.file; /* for ever */
    uaddr_t sp = elf_make_stack(&loaded, path, argv, envp);
    if ((int64_t)sp < 0)
        return (int)sp;
    *entry = loaded.start;
    *stack = sp;
    return 0;
}
