/* One IDE channel: two drives and one command at a time, so each drive has one request, and its turn. Data goes by bus
 * master where controller and drive have it, else through the data register (PIO). Modes and timings stay as the
 * firmware has set them. */
#include "block/ide.h"
#include "time/time.h"

#define SETTLE_NS 2000000u   /* after a reset */
#define READY_NS 1000000000u /* between commands */
#define RESET_NS 3000000000u /* a drive that ran a moment ago */

bool ide_wait_clear(const struct ide_channel *c, uint8_t bits, uint64_t ns)
{
    uint64_t deadline = clock_monotonic() + ns;
    while (inb(c->control) & bits) {
        if (clock_monotonic() > deadline)
            return false;
        __builtin_ia32_pause();
    }
    return true;
}

void ide_select(const struct ide_drive *d, uint8_t bits)
{
    outb(d->channel->ports + DEVICE, (uint8_t)(DEVICE_ALWAYS | bits | (d->number ? DEVICE_SECOND : 0)));
    ata_delay(SELECT_NS);
}

/* --- Reset (9.2): afterwards no command is under way and nothing is written to memory. */

static void clear_bus_master(const struct ide_channel *c)
{
    outb(c->bus_master + BM_STATUS, c->capable | BM_INTERRUPT | BM_ERROR);
}

static void stop_bus_master(const struct ide_channel *c)
{
    if (!c->bus_master)
        return;
    outb(c->bus_master + BM_COMMAND, 0);
    clear_bus_master(c);
}

static int reset_channel(struct ide_channel *c)
{
    stop_bus_master(c);
    outb(c->control, CONTROL_RESET | CONTROL_NO_INTERRUPTS);
    ata_delay(SETTLE_NS);
    outb(c->control, 0);
    ata_delay(SETTLE_NS);
    for (unsigned i = 0; i < ARRAY_LEN(c->drives); i++) {
        if (!c->drives[i].present)
            continue;
        ide_select(&c->drives[i], 0);
        if (!ide_wait_clear(c, ATA_BSY | ATA_DRQ, RESET_NS))
            return -EIO;
    }
    return 0;
}

/* --- Data by PIO, one logical sector (DRQ block) at a time */

static void move_block(struct ide_channel *c)
{
    const struct block_request *r = c->active->request;
    for (uint32_t left = c->active->ata.sector_size, n; left; left -= n) {
        const struct block_part *p = &r->parts[c->part];
        uint8_t *at = (uint8_t *)phys_to_virt(p->address) + c->offset;
        n = MIN(left, p->length - c->offset);
        if (r->operation == BLOCK_WRITE)
            outsw(c->ports + DATA, at, n / 2);
        else
            insw(c->ports + DATA, at, n / 2);
        c->offset += n;
        if (c->offset == p->length) {
            c->part++;
            c->offset = 0;
        }
    }
}

/* --- Data by bus master */

static bool is_reachable(const struct block_request *r)
{
    for (unsigned i = 0; i < r->part_count; i++)
        if ((r->parts[i].address + r->parts[i].length - 1) >> 32)
            return false;
    return true;
}

static void copy_bounced(struct ide_channel *c, const struct block_request *r)
{
    uint8_t *at = c->bounce;
    for (unsigned i = 0; i < r->part_count; at += r->parts[i++].length) {
        void *part = phys_to_virt(r->parts[i].address);
        if (r->operation == BLOCK_WRITE)
            memcpy(at, part, r->parts[i].length);
        else
            memcpy(part, at, r->parts[i].length);
    }
}

static void fill_table(struct ide_channel *c, const struct block_part *parts, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        c->table[i] = (struct ide_prd){(uint32_t)parts[i].address, (uint16_t)parts[i].length, 0};
    c->table[count - 1].flags = PRD_LAST;
}

static void prepare_bus_master(struct ide_channel *c, const struct block_request *r)
{
    c->bounced = c->bounce && !is_reachable(r);
    if (c->bounced) {
        struct block_part all = {virt_to_phys(c->bounce), (uint32_t)ata_request_bytes(r)};
        fill_table(c, &all, 1);
        if (r->operation == BLOCK_WRITE)
            copy_bounced(c, r);
    } else {
        fill_table(c, r->parts, r->part_count);
    }
    outl(c->bus_master + BM_TABLE, (uint32_t)virt_to_phys(c->table));
    outb(c->bus_master + BM_COMMAND, r->operation == BLOCK_READ ? BM_TO_MEMORY : 0);
    clear_bus_master(c);
}

/* --- Commands */

static void write_command(const struct ide_channel *c, const struct ata_command *a)
{
    if (a->wide) {
        outb(c->ports + COUNT, (uint8_t)(a->count >> 8));
        for (unsigned i = 0; i < 3; i++)
            outb((uint16_t)(c->ports + LBA_LOW + i), (uint8_t)(a->lba >> (24 + 8 * i)));
    }
    outb(c->ports + COUNT, (uint8_t)a->count);
    for (unsigned i = 0; i < 3; i++)
        outb((uint16_t)(c->ports + LBA_LOW + i), (uint8_t)(a->lba >> 8 * i));
    outb(c->ports + STATUS_COMMAND, a->command);
}

static enum ide_mode mode_of(const struct ide_drive *d)
{
    if (d->request->operation == BLOCK_FLUSH)
        return NO_DATA;
    return d->channel->bus_master && d->ata.dma ? BY_BUS_MASTER : BY_PIO;
}

static bool select_ready(const struct ide_drive *d, uint8_t bits)
{
    ide_select(d, bits);
    if (ide_wait_clear(d->channel, ATA_BSY | ATA_DRQ, READY_NS))
        return true;
    if (reset_channel(d->channel))
        return false;
    ide_select(d, bits);
    return ide_wait_clear(d->channel, ATA_BSY | ATA_DRQ, READY_NS);
}

/* The first block of a write is asked for without an interrupt. A drive that fails the command interrupts instead. */
static void start_pio(struct ide_channel *c, const struct block_request *r)
{
    c->part = 0;
    c->offset = 0;
    ata_delay(SELECT_NS);
    if (r->operation == BLOCK_WRITE && ide_wait_clear(c, ATA_BSY, READY_NS) && inb(c->control) & ATA_DRQ)
        move_block(c);
}

static void give_up(struct ide_channel *c)
{
    c->dead = true;
    log_warn("IDE channel %u: not ready, not even after a reset; its disks are given up", c->number);
    for (unsigned i = 0; i < ARRAY_LEN(c->drives); i++) {
        struct block_request *r = c->drives[i].request;
        c->drives[i].request = NULL;
        if (r)
            block_complete(r, -EIO);
    }
}

static void begin(struct ide_drive *d)
{
    struct ide_channel *c = d->channel;
    c->mode = mode_of(d);
    struct ata_command a = ata_choose(&d->ata, d->request, c->mode == BY_PIO ? ATA_PIO : ATA_DMA);
    if (!select_ready(d, a.device)) {
        give_up(c);
        return;
    }
    c->active = d;
    if (c->mode == BY_BUS_MASTER)
        prepare_bus_master(c, d->request);
    write_command(c, &a);
    __atomic_thread_fence(__ATOMIC_SEQ_CST); /* table and data are there before the bus master reads them */
    if (c->mode == BY_BUS_MASTER)
        outb(c->bus_master + BM_COMMAND, BM_START | (d->request->operation == BLOCK_READ ? BM_TO_MEMORY : 0));
    else
        start_pio(c, d->request);
}

/* The other drive has its turn before whoever is told of the end asks for more. */
static void finish(struct ide_channel *c, int status)
{
    struct ide_drive *d = c->active, *other = &c->drives[!d->number];
    struct block_request *r = d->request;
    if (!status && c->mode == BY_BUS_MASTER && c->bounced && r->operation == BLOCK_READ)
        copy_bounced(c, r);
    c->active = NULL;
    d->request = NULL;
    if (other->request)
        begin(other);
    block_complete(r, status);
}

/* Ends the drive's interrupt, and the controller's where that is one of PCI. */
static uint8_t acknowledge(const struct ide_channel *c)
{
    uint8_t status = inb(c->ports + STATUS_COMMAND);
    if (c->bus_master)
        clear_bus_master(c);
    return status;
}

/* The bus master latches the drive's interrupt, so a lost one is found by asking. */
static void service_bus_master(struct ide_channel *c)
{
    uint8_t state = inb(c->bus_master + BM_STATUS);
    if (!(state & BM_INTERRUPT))
        return;
    outb(c->bus_master + BM_COMMAND, 0);
    uint8_t status = acknowledge(c);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    finish(c, state & BM_ERROR || status & (ATA_BSY | ATA_DRQ | ATA_DF | ATA_ERR) ? -EIO : 0);
}

static void service_pio(struct ide_channel *c)
{
    const struct block_request *r = c->active->request;
    if (inb(c->control) & ATA_BSY)
        return;
    uint8_t status = acknowledge(c);
    bool all = c->mode == NO_DATA || c->part == r->part_count, wants = status & ATA_DRQ;
    if (status & (ATA_DF | ATA_ERR) || all == wants) {
        finish(c, -EIO);
        return;
    }
    if (wants)
        move_block(c);
    if (all || (r->operation == BLOCK_READ && c->part == r->part_count))
        finish(c, 0);
}

static void service(struct ide_channel *c)
{
    if (!c->active)
        acknowledge(c);
    else if (c->mode == BY_BUS_MASTER)
        service_bus_master(c);
    else
        service_pio(c);
}

void ide_interrupt(void *channel)
{
    service(channel);
}

static int submit(struct block_device *b, struct block_request *r)
{
    struct ide_drive *d = b->priv;
    if (d->channel->dead)
        return -ENODEV;
    if (d->request)
        return -EAGAIN;
    d->request = r;
    if (!d->channel->active)
        begin(d);
    return 0;
}

static void poll(struct block_device *b)
{
    struct ide_channel *c = ((struct ide_drive *)b->priv)->channel;
    if (c->active)
        service(c);
}

/* The other drive's request, if it was under way, is done again. */
static int reset(struct block_device *b)
{
    struct ide_drive *d = b->priv, *other = &d->channel->drives[!d->number];
    struct ide_channel *c = d->channel;
    struct block_request *r = d->request;
    int err = c->dead ? -EIO : reset_channel(c);
    c->active = NULL;
    d->request = NULL;
    if (err && !c->dead)
        give_up(c);
    else if (!err && other->request)
        begin(other);
    if (r)
        block_complete(r, -EIO);
    return err;
}

void ide_offer(struct ide_drive *d)
{
    struct block_device *b = &d->disk;
    ata_describe(&d->ata, b);
    b->depth = 1;
    b->max_parts = MAX_PARTS;
    b->max_part_bytes = PRD_BOUNDARY;
    b->part_boundary = PRD_BOUNDARY;
    if (d->channel->bounce)
        b->max_bytes = MIN(b->max_bytes, (uint32_t)BOUNCE_BYTES);
    b->submit = submit;
    b->poll = poll;
    b->reset = reset;
    b->priv = d;
}
