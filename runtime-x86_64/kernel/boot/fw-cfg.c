/* Words from QEMU for what starts from a disk, a CD or the network, which hand none over: the file opt/unik/cmdline of
 * its configuration device (docs/specs/fw_cfg.rst; numbers are big-endian). */
#include "boot/command-line.h"
#include "boot/early.h"
#include "cpu/cpu.h"

#define SELECTOR 0x510
#define DATA 0x511
#define DMA_HIGH 0x514
#define DMA_LOW 0x518
enum { SIGNATURE = 0x00, FEATURES = 0x01, DIRECTORY = 0x19 };
#define FEATURE_DMA 2
#define DMA_ERROR 1
#define DMA_READ 2
#define DMA_SELECT 8
#define MAX_FILES 64
#define MAX_POLLS 1000000

struct dma {
    uint32_t control, length;
    uint64_t address;
};
struct file {
    uint32_t size;
    uint16_t select, reserved;
    char name[56];
};
_Static_assert(sizeof(struct dma) == 16 && sizeof(struct file) == 64, "fw_cfg.rst");

static uint32_t be32(uint32_t v)
{
    return __builtin_bswap32(v);
}

static bool is_there(void)
{
    static const char signature[] = "QEMU";
    if (!cpu.hypervisor)
        return false;
    outw(SELECTOR, SIGNATURE);
    for (unsigned i = 0; i < 4; i++)
        if (inb(DATA) != (uint8_t)signature[i])
            return false;
    outw(SELECTOR, FEATURES);
    return inb(DATA) & FEATURE_DMA; /* the low byte comes first here */
}

static bool read_item(uint16_t select, void *to, uint32_t length)
{
    struct dma d = {be32((uint32_t)select << 16 | DMA_SELECT | DMA_READ), be32(length),
                    __builtin_bswap64((uint64_t)to)};
    uint64_t at = (uint64_t)&d;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    outl(DMA_HIGH, be32((uint32_t)(at >> 32)));
    outl(DMA_LOW, be32((uint32_t)at));
    for (unsigned i = 0; i < MAX_POLLS && (READ_ONCE(d.control) & ~be32(DMA_ERROR)); i++)
        __builtin_ia32_pause();
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return !READ_ONCE(d.control);
}

/* Bytes of opt/unik/cmdline in `out`; 0: there is none. */
static uint32_t read_words(char *out, size_t size)
{
    static const char name[] = "opt/unik/cmdline";
    static struct {
        uint32_t count;
        struct file file[MAX_FILES];
    } directory;
    if (!is_there() || !read_item(DIRECTORY, &directory, sizeof directory))
        return 0;
    for (unsigned i = 0; i < MIN(be32(directory.count), (uint32_t)MAX_FILES); i++) {
        const struct file *f = &directory.file[i];
        if (memcmp(f->name, name, sizeof name))
            continue;
        uint32_t length = be32(f->size);
        return length <= size && read_item(__builtin_bswap16(f->select), out, length) ? length : 0;
    }
    return 0;
}

void boot_join_words(const char *loader, size_t loader_max)
{
    static char words[sizeof boot_info.command_line], joined[sizeof boot_info.command_line];
    uint32_t length = read_words(words, sizeof words);
    char *out = length ? joined : boot_info.command_line;
    command_line_join(out, sizeof joined, boot_default_command_line, loader, loader_max);
    if (length)
        command_line_join(boot_info.command_line, sizeof boot_info.command_line, joined, words, length);
}
