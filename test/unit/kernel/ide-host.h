/* A made-up IDE controller: two disks on the first channel, an ATAPI drive on the second. Includes the driver, whose
 * port accesses it takes, and gives it memory below 4 GiB or above. Include it after device-host.h. */
#pragma once
#include "ata-host.h"
#include "cpu/cpu.h"
#include "irq/irq.h"

static uint8_t fake_in(uint16_t port);
static void fake_out(uint16_t port, uint8_t v);
static void fake_out32(uint16_t port, uint32_t v);
static void fake_words_in(uint16_t port, void *to, size_t words);
static void fake_words_out(uint16_t port, const void *from, size_t words);
static void *low_page(unsigned order);
static void free_low_page(void *p, unsigned order);
#define inb fake_in
#define outb fake_out
#define outl fake_out32
#define insw fake_words_in
#define outsw fake_words_out
#define page_alloc low_page
#define page_free free_low_page
#include "block/ata.c"
#include "block/ide.c"
#include "drivers/ide.c"

/* Physical memory that 32 bits reach: 64 KiB blocks of an arena. What malloc gives lies far above. */
#define BLOCK 65536u
static uint8_t arena[128 * BLOCK] __attribute__((aligned(65536)));
static bool used[128];
static bool no_low_memory;
static void *low_page(unsigned order)
{
    for (unsigned i = 0; i < ARRAY_LEN(used); i++)
        if (!used[i]) {
            used[i] = true;
            return no_low_memory ? malloc(PAGE_SIZE << order) : arena + i * BLOCK;
        }
    return NULL;
}
static void free_low_page(void *p, unsigned order)
{
    if (no_low_memory)
        free(p);
    else
        used[((uint8_t *)p - arena) / BLOCK] = false;
}

#define SILENT 1u   /* takes commands and does nothing */
#define NOT_BACK 2u /* stays busy after a reset */
static struct fake_channel {
    bool irq, interrupt;                              /* the line; an edge that nobody has been told of */
    uint8_t control, device, status, registers[8][2]; /* [0] is what was written last */
    uint8_t command, bm_command, bm_status;
    uint32_t bm_table;
    uint64_t lba;
    uint32_t sectors; /* left */
    unsigned words;   /* of the current block that are left; 0: none is offered */
    bool busy_write;  /* a PIO write whose first block is not yet asked for */
    unsigned behaviour, resets;
    struct fake_disk *disk[2];
    bool atapi;
    void (*handler)(void *);
    void *argument;
} channels[2];
static struct fake_disk fake_disks[2];
static bool native, simplex, random_registers;

static unsigned channel_of(uint16_t port, unsigned *reg)
{
    static const uint16_t bases[2][2][2] = {{{0x1f0, 0x3f6}, {0x170, 0x376}}, {{0xc000, 0xc102}, {0xc200, 0xc302}}};
    for (unsigned i = 0; i < 2; i++) {
        *reg = port - bases[native][i][0];
        if (*reg < 8)
            return i;
        *reg = 8;
        if (port == bases[native][i][1])
            return i;
        *reg = 16 + (port - 0xd000 - 8 * i);
        if (*reg >= 16 && *reg < 24)
            return i;
    }
    fprintf(stderr, "port %x\n", port);
    CHECK(false);
    return 0;
}

/* --- The drives */

static struct fake_disk *selected(struct fake_channel *c)
{
    return c->disk[c->device >> 4 & 1];
}
static bool is_atapi(const struct fake_channel *c)
{
    return c->atapi && !(c->device & 16);
}
static void raise(struct fake_channel *c)
{
    if (c->control & 2)
        return;
    c->irq = c->interrupt = true;
    c->bm_status |= 4;
}
static void end_command(struct fake_channel *c, bool failed)
{
    c->status = failed ? 0x51 : 0x50;
    c->command = 0;
    c->words = 0;
    c->bm_status &= ~1;
    raise(c);
}
static void offer_block(struct fake_channel *c)
{
    c->status = 0x58;
    c->words = selected(c)->sector_size / 2;
    c->busy_write = false;
}
static void move_by_bus_master(struct fake_channel *c, struct fake_disk *d, bool to_memory)
{
    uint8_t *disk = d->data + c->lba * d->sector_size;
    uint64_t left = c->sectors * d->sector_size;
    CHECK(!!(c->bm_command & 8) == to_memory && !(c->bm_table & 3));
    for (const struct ide_prd *p = phys_to_virt(c->bm_table);; p++) {
        uint32_t n = p->length ? p->length : 65536;
        CHECK(n <= left && !(p->address & 1) && p->address / 65536 == (p->address + n - 1) / 65536);
        memcpy(to_memory ? phys_to_virt(p->address) : disk, to_memory ? disk : phys_to_virt(p->address), n);
        disk += n;
        left -= n;
        if (p->flags & 0x8000)
            break;
    }
    CHECK(!left);
}
/* One step of the command under way. */
static void run_device(unsigned n)
{
    struct fake_channel *c = &channels[n];
    struct fake_disk *d = selected(c);
    if (!c->command || c->behaviour & SILENT || c->words)
        return;
    enum fake_action action = fake_action(c->command);
    bool pio = c->command < 0x40 && c->command != 0x25 && c->command != 0x35;
    if (action == FAKE_FLUSH)
        d->flushes++;
    else if (action == FAKE_WRITE && pio ? !c->busy_write && fake_is_bad(d, c->lba - 1, 1) /* what has come */
                                         : fake_is_bad(d, c->lba, pio ? MIN(c->sectors, 1) : c->sectors)) {
        end_command(c, true);
        return;
    } else if (pio && c->sectors) {
        bool first = c->busy_write;
        offer_block(c);
        if (!first)
            raise(c);
        return;
    } else if (!pio) {
        if (!(c->bm_command & 1))
            return;
        move_by_bus_master(c, d, action == FAKE_READ);
    }
    end_command(c, false);
}
static void start_command(struct fake_channel *c, uint8_t command)
{
    bool wide = command == 0x24 || command == 0x25 || command == 0x34 || command == 0x35;
    CHECK(random_registers || (!(c->status & 0x88) && !c->command));
    c->status = 0x80;
    c->command = command;
    c->irq = false;
    if (command == 0xec) {
        c->command = 0;
        c->status = selected(c) ? 0x58 : is_atapi(c) ? 0x51 : 0;
        c->words = selected(c) ? 256 : 0;
        return;
    }
    if (!random_registers)
        CHECK(selected(c) && fake_action(command) != FAKE_UNKNOWN);
    c->lba = c->registers[3][0] | c->registers[4][0] << 8 | c->registers[5][0] << 16;
    c->sectors = c->registers[2][0];
    if (wide)
        c->sectors |= c->registers[2][1] << 8;
    c->sectors = c->sectors ? c->sectors : wide ? 65536 : 256;
    c->lba |= wide ? (uint64_t)c->registers[3][1] << 24 | (uint64_t)c->registers[4][1] << 32
                   : (uint64_t)(c->device & 15) << 24;
    CHECK(random_registers || fake_action(command) == FAKE_FLUSH || c->device & 0x40);
    c->busy_write = command == 0x30 || command == 0x34;
}

static uint8_t fake_in(uint16_t port)
{
    unsigned reg;
    struct fake_channel *c = &channels[channel_of(port, &reg)];
    if (random_registers)
        return (uint8_t)random_u64();
    bool exists = c->disk[0] || c->disk[1] || c->atapi;
    if (reg == 18)
        return c->bm_status | 0x60 | (simplex ? 0x80 : 0);
    if (reg == 16)
        return c->bm_command;
    if (!exists)
        return 0xff;
    if (reg == 7)
        c->irq = false;
    if (reg == 8 && c->busy_write)
        run_device((unsigned)(c - channels));
    if (reg == 7 || reg == 8)
        return selected(c) || is_atapi(c) ? c->status : 0;
    return reg == 4 && is_atapi(c) ? 0x14 : reg == 5 && is_atapi(c) ? 0xeb : 0;
}
static void reset_drives(struct fake_channel *c)
{
    c->resets++;
    c->command = 0;
    c->words = 0;
    c->irq = c->interrupt = c->busy_write = false;
    c->status = c->behaviour & NOT_BACK ? 0x80 : 0x50;
    c->device = 0;
}
static void fake_out(uint16_t port, uint8_t v)
{
    unsigned reg;
    struct fake_channel *c = &channels[channel_of(port, &reg)];
    if (reg == 7)
        start_command(c, v);
    else if (reg == 6)
        c->device = v;
    else if (reg < 6) {
        c->registers[reg][1] = c->registers[reg][0];
        c->registers[reg][0] = v;
    } else if (reg == 8) {
        if (c->control & 4 && !(v & 4))
            reset_drives(c);
        c->control = v;
    } else if (reg == 16) {
        CHECK(random_registers || !(v & 1) || c->command);
        c->bm_command = v;
        c->bm_status = (c->bm_status & ~1) | (v & 1);
    } else if (reg == 18) {
        c->bm_status &= ~(v & 6);
    }
}
static void fake_out32(uint16_t port, uint32_t v)
{
    unsigned reg;
    struct fake_channel *c = &channels[channel_of(port, &reg)];
    CHECK(reg == 20);
    c->bm_table = v;
}
static uint8_t *block_of(struct fake_channel *c, size_t words)
{
    CHECK(words <= c->words && c->status & 8);
    const struct fake_disk *d = selected(c);
    uint8_t *at = (uint8_t *)d->data + (c->lba + 1) * d->sector_size - c->words * 2;
    if (!c->command)
        at = (uint8_t *)d->identity;
    c->words -= words;
    if (c->words || !c->command) {
        c->status = c->words ? 0x58 : 0x50;
        return at;
    }
    c->status = 0xd0;
    c->lba++;
    c->sectors--;
    if (!c->sectors && fake_action(c->command) == FAKE_READ) { /* no interrupt after the last block */
        c->command = 0;
        c->status = 0x50;
    }
    return at;
}
static void fake_words_in(uint16_t port, void *to, size_t words)
{
    unsigned reg;
    struct fake_channel *c = &channels[channel_of(port, &reg)];
    if (random_registers)
        memset(to, (int)random_u64(), words * 2);
    else
        memcpy(to, block_of(c, words), words * 2);
}
static void fake_words_out(uint16_t port, const void *from, size_t words)
{
    unsigned reg;
    struct fake_channel *c = &channels[channel_of(port, &reg)];
    if (!random_registers)
        memcpy(block_of(c, words), from, words * 2);
}

static void tell(void)
{
    for (unsigned i = 0; i < 2; i++)
        if (channels[i].interrupt && channels[i].handler) {
            channels[i].interrupt = false;
            channels[i].handler(channels[i].argument);
        }
}

/* --- The machine */

void pci_enable(const struct pci_device *d)
{
}
int irq_register_isa(unsigned isa, void (*fn)(void *), void *arg)
{
    CHECK(!native && (isa == 14 || isa == 15));
    channels[isa - 14].handler = fn;
    channels[isa - 14].argument = arg;
    return 0;
}
int pci_interrupts(const struct pci_device *d, unsigned count, void (*const *fns)(void *), void *const *args)
{
    CHECK(native && count == 1);
    channels[0].handler = fns[0];
    channels[0].argument = args[0];
    return PCI_INTX;
}
static bool high_buffers;
static uint8_t *new_buffer(size_t n)
{
    uint8_t *b = high_buffers && random_u64() % 2 ? aligned_alloc(512, n) : low_page(4);
    CHECK(b && n <= BLOCK);
    return b;
}
static void free_buffer(uint8_t *b)
{
    if (b >= arena && b < arena + sizeof arena)
        free_low_page(b, 4);
    else
        free(b);
}
