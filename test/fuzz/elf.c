/* Any program, and any program loader that it names: what the ELF loader maps lies in the app's half, and its entry in
 * code. */
#include "fuzz.h"
#include "../unit/kernel/files-host.h"
#include "mm/space.h"
#include "mm/elf-file.c"
#include "mm/elf.c"

#define LOADER_PATH "/lib/ld.so"
#define FILE_SIZE 0x4000u
const char vdso_start[1], vdso_end[1];
char vvar_page[PAGE_SIZE];
struct exec_info exec_info;

static struct {
    uint8_t *bytes;
    size_t size;
    struct inode inode;
    struct file file;
} files[2];
static struct area areas[64];
static unsigned area_count, opened;

static ssize_t read_file(struct file *f, struct iter *to, loff_t at)
{
    unsigned i = f == &files[1].file;
    uint64_t offset = (uint64_t)at;
    CHECK(at >= 0);
    if (offset >= files[i].size)
        return 0;
    return iter_copy_to(to, files[i].bytes + offset, files[i].size - offset);
}
static const struct file_ops ops = {.name = "fuzzed", .read = read_file};

int vfs_open(const char *path, unsigned flags, uint32_t mode, struct file **out)
{
    unsigned i = strcmp(path, LOADER_PATH) == 0;
    if (!i && strcmp(path, "/init"))
        return -ENOENT;
    opened++;
    *out = &files[i].file;
    return 0;
}
void file_put(struct file *f)
{
    opened--;
}
void inode_stat(struct inode *i, struct kstat *st)
{
    st->size = files[i == &files[1].inode].size;
}
uint64_t space_random(unsigned bits)
{
    return (random_u64() & ((1ul << bits) - 1)) << PAGE_SHIFT;
}
static bool is_free(uaddr_t start, uaddr_t end)
{
    for (unsigned i = 0; i < area_count; i++)
        if (areas[i].start < end && start < areas[i].end)
            return false;
    return true;
}
uaddr_t space_map(uaddr_t hint, size_t len, int prot, int flags, struct file *file, uint64_t offset)
{
    CHECK(len && !((hint | len | offset) & PAGE_MASK) && flags & MAP_FIXED_NOREPLACE);
    CHECK(!(prot & PROT_WRITE && prot & PROT_EXEC) && area_count < ARRAY_LEN(areas));
    if (hint < USER_MIN || hint >= USER_MAX || len > USER_MAX - hint)
        return (uaddr_t)-ENOMEM;
    if (!is_free(hint, hint + len))
        return (uaddr_t)-EEXIST;
    areas[area_count++] = (struct area){.start = hint, .end = hint + len, .prot = (uint32_t)prot, .file = file};
    return hint;
}
uaddr_t space_find_place(size_t len)
{
    return len && len < 1ul << 46 && random_u64() % 8 ? 0x7f0000000000 : 0;
}
int space_map_image(uaddr_t at, const void *image, size_t len, int prot, const char *name)
{
    return 0;
}
void space_start_brk(uaddr_t image_end)
{
    CHECK(!(image_end & PAGE_MASK) && image_end <= USER_MAX);
}
int user_zero(uaddr_t dst, size_t n)
{
    for (unsigned i = 0; i < area_count; i++)
        if (areas[i].start <= dst && n <= areas[i].end - dst && dst < areas[i].end)
            return areas[i].prot & PROT_WRITE ? 0 : -EFAULT;
    CHECK(!"memory that was mapped");
    return -EFAULT;
}
uaddr_t elf_make_stack(const struct elf_loaded *e, const char *path, const char *const *argv, const char *const *envp)
{
    return 0x7ffffffde000;
}

static void make_program(unsigned i, uint16_t type, uint64_t base)
{
    struct elf_header h = {.ident = "\177ELF\2\1\1",
                           .type = type,
                           .machine = EM_X86_64,
                           .entry = base + 0x1010,
                           .program_headers = 64,
                           .program_header_size = 56,
                           .program_header_count = 4};
    struct elf_program_header p[4] = {
        {PT_LOAD, PF_R, 0, base, 0, 0x800, 0x800, 0x1000},
        {PT_LOAD, PF_R | PF_X, 0x1000, base + 0x1000, 0, 0x900, 0x900, 0x1000},
        {PT_LOAD, PF_R | PF_W, 0x1900, base + 0x2900, 0, 0x100, 0x5000, 0x1000},
        {i ? 6 : PT_INTERP, PF_R, 0x700, base + 0x700, 0, sizeof LOADER_PATH, sizeof LOADER_PATH, 1},
    };
    uint8_t *bytes = files[i].bytes = calloc(1, FILE_SIZE);
    files[i].size = FILE_SIZE;
    files[i].inode = (struct inode){.mode = S_IFREG | 0755};
    files[i].file = (struct file){.ops = &ops, .inode = &files[i].inode};
    memcpy(bytes, &h, sizeof h);
    memcpy(bytes + 64, p, sizeof p);
    memcpy(bytes + 0x700, LOADER_PATH, sizeof LOADER_PATH);
    damage(bytes, 64 + sizeof p);
    if (random_u64() % 4 == 3)
        files[i].size = random_u64() % FILE_SIZE;
}

static bool is_code(uint64_t addr)
{
    for (unsigned i = 0; i < area_count; i++)
        if (areas[i].start <= addr && addr < areas[i].end && areas[i].prot & PROT_EXEC)
            return true;
    return false;
}

static void run(void)
{
    uint64_t entry, stack;
    bool fixed = random_u64() % 2;
    area_count = opened = 0;
    make_program(0, fixed ? ET_EXEC : ET_DYN, fixed ? 0x400000 : 0);
    make_program(1, ET_DYN, 0);
    int err = elf_exec("/init", NULL, NULL, &entry, &stack);
    CHECK(opened == (err ? 0 : 1));
    CHECK(err || is_code(entry));
    free(files[0].bytes), free(files[1].bytes);
}
FUZZ(run)
