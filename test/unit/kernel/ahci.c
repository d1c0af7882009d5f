/* The AHCI driver over a made-up controller: data, errors, resets; hostile registers. */
#include <sanitizer/lsan_interface.h>
#include "device-host.h"
#include "ahci-host.h"

static struct pci_device pci = {.class_code = 0x010601, .bar[5] = {.base = 1, .size = sizeof registers}};

static void start(unsigned depth, uint32_t cap)
{
    memset(&hba, 0, sizeof hba);
    hba.cap = cap | 31 << 8 | 3;
    hba.handoff = HANDOFF_BIOS;
    disk_count = ended = warnings = 0;
    for (unsigned i = 0; i < 2; i++)
        fake_disk_init(&fake_disks[i], depth, i && cap & LARGE_SECTORS ? 4096 : 512);
    hba.port[0].disk = &fake_disks[0];
    hba.port[3].disk = &fake_disks[1];
    reset_hba();
    CHECK(probe(&pci) == 0);
}
#define WITH_NCQ (CAP_NCQ | CAP_64_BIT)

static void stop(void)
{
    struct ahci *h = disk_count ? ((struct ahci_port *)disks[0]->priv)->hba : NULL;
    for (unsigned i = 0; i < disk_count; i++)
        free_port(disks[i]->priv);
    kfree(h);
    disk_count = 0;
}

static void disks_are_found_and_others_left_alone(void)
{
    start(32, WITH_NCQ);
    CHECK(disk_count == 2 && warnings == 0);
    for (unsigned i = 0; i < 2; i++) {
        struct block_device *d = disks[i];
        CHECK(d->sectors == DISK_SECTORS && d->sector_size == 512 && d->depth == 32 && d->volatile_cache);
        CHECK(!d->read_only && d->max_bytes >= 1 << 20 && d->max_parts >= 32);
        CHECK(!strcmp(((struct ahci_port *)d->priv)->ata.model, "FAKE"));
    }
    CHECK(!(hba.port[1].command & 1) && !hba.port[1].enable && !hba.port[2].command);
    stop();
    start(8, WITH_NCQ);
    CHECK(disks[0]->depth == 8);
    stop();
    start(32, CAP_64_BIT);
    CHECK(disks[0]->depth == 1);
    stop();
    uint64_t before = now;
    start(32, WITH_NCQ | CAP_STAGGERED_SPIN_UP);
    CHECK(now - before < 2000000000u); /* nobody waits for the empty port */
    CHECK(disk_count == 2 && warnings == 0 && hba.handoff == HANDOFF_OS);
    CHECK(!(hba.port[1].command & 1) && !(hba.port[2].command & 17));
    stop();
}

static void many_requests(unsigned depth, uint32_t cap)
{
    start(depth, cap);
    static struct asked *flying[64];
    unsigned written = 0, busy = 0;
    for (unsigned round = 0; round < 5000; round++) {
        unsigned i = random_u64() % ARRAY_LEN(flying);
        struct block_device *d = disks[i % 2];
        if (!flying[i]) {
            enum block_operation operation = random_u64() % 8 ? random_u64() % 2 : BLOCK_FLUSH;
            unsigned count = operation == BLOCK_FLUSH ? 0 : 1 + random_u64() % 30;
            unsigned unit = disks[i % 2]->sector_size / SECTOR; /* each asks for sectors of its own */
            flying[i] = ask_for(operation, i * 64 + random_u64() % (30 / unit) * unit, ALIGN_UP(count, unit));
            if (submit_to(d, flying[i])) {
                drop(flying[i]);
                flying[i] = NULL;
                busy++;
            }
        }
        run_device(random_u64() % 2 ? 3 : 0, random_u64() % 4);
        if (random_u64() % 3)
            tell();
        else
            d->poll(d);
        for (unsigned j = 0; j < ARRAY_LEN(flying); j++) {
            struct asked *a = flying[j];
            if (!a || a->flying)
                continue;
            CHECK(a->r.status == 0 && matches(&fake_disks[j % 2], a));
            written += a->r.operation == BLOCK_WRITE;
            drop(a);
            flying[j] = NULL;
        }
    }
    for (unsigned j = 0; j < ARRAY_LEN(flying); j++) {
        run_device(0, 100);
        run_device(3, 100);
        tell();
        if (flying[j])
            drop(flying[j]);
        flying[j] = NULL;
    }
    CHECK(written > 100 && busy && fake_disks[0].flushes && fake_disks[1].flushes && warnings == 0);
    CHECK(hba.port[0].resets + hba.port[3].resets == 0);
    stop();
}

static void run_all(void)
{
    for (unsigned i = 0; i < 200; i++) {
        if (!(hba.port[0].behaviour & LATE))
            run_device(0, 100);
        else
            disks[0]->poll(disks[0]);
        tell();
    }
}

static void one_bad_sector_fails_one_request(unsigned depth, uint32_t cap, unsigned behaviour)
{
    start(depth, cap);
    hba.port[0].behaviour = behaviour;
    for (unsigned round = 0; round < 300; round++) {
        struct asked *all[12];
        unsigned bad = random_u64() % 12, count = 0;
        fake_disks[0].bad = bad * 64 + 3;
        for (; count < ARRAY_LEN(all); count++) {
            all[count] = ask_for(random_u64() % 2, count * 64, 4);
            if (submit_to(disks[0], all[count])) {
                drop(all[count--]);
                run_device(0, 1);
                tell();
            }
        }
        run_all();
        for (unsigned i = 0; i < count; i++) {
            CHECK(!all[i]->flying && all[i]->r.status == (i == bad ? -EIO : 0));
            CHECK(i == bad || matches(&fake_disks[0], all[i]));
            drop(all[i]);
        }
    }
    CHECK(warnings == 0 && hba.port[0].resets > 100);
    stop();
}

static void a_silent_disk_is_reset(void)
{
    start(32, WITH_NCQ);
    struct asked *all[5];
    hba.port[0].behaviour = SILENT;
    for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
        all[i] = ask_for(BLOCK_READ, i * 64, 8);
        CHECK(submit_to(disks[0], all[i]) == 0);
    }
    CHECK(disks[0]->reset(disks[0]) == 0 && ended == ARRAY_LEN(all) && hba.port[0].resets == 1);
    hba.port[0].behaviour = 0;
    for (unsigned i = 0; i < ARRAY_LEN(all); i++) {
        CHECK(all[i]->r.status == -EIO && submit_to(disks[0], all[i]) == 0);
        run_all();
        CHECK(all[i]->r.status == 0 && matches(&fake_disks[0], all[i]));
        drop(all[i]);
    }
    stop();
}

static void a_disk_that_does_not_come_back_is_given_up(unsigned behaviour)
{
    start(32, WITH_NCQ);
    struct asked *a = ask_for(BLOCK_READ, 0, 8), *other = ask_for(BLOCK_READ, 0, 8);
    hba.port[0].behaviour = behaviour;
    CHECK(submit_to(disks[0], a) == 0 && disks[0]->reset(disks[0]) < 0);
    CHECK(a->r.status == -EIO && warnings == 1 && submit_to(disks[0], a) == -ENODEV);
    CHECK(hba.bus_master == !(behaviour & STUCK));
    disks[0]->poll(disks[0]);
    tell();
    if (hba.bus_master) {
        CHECK(submit_to(disks[1], other) == 0);
        run_device(3, 1);
        tell();
        CHECK(other->r.status == 0 && matches(&fake_disks[1], other));
    }
    drop(a);
    drop(other);
    stop();
}

static void errors_without_end_end(void)
{
    start(32, WITH_NCQ);
    for (unsigned round = 0; round < 20; round++) { /* some, with good requests in between */
        struct asked *a = ask_for(BLOCK_READ, 9, 8);
        raise(&hba.port[0], 1u << 27);
        tell();
        CHECK(submit_to(disks[0], a) == 0);
        run_all();
        CHECK(a->r.status == 0 && warnings == 0);
        drop(a);
    }
    fake_disks[0].bad = 9;
    for (unsigned round = 0; round < 20; round++) { /* those of requests do not count */
        struct asked *a = ask_for(BLOCK_READ, 9, 8);
        CHECK(submit_to(disks[0], a) == 0);
        run_all();
        CHECK(a->r.status == -EIO && warnings == 0);
        drop(a);
    }
    for (unsigned round = 0; round < 20; round++) {
        raise(&hba.port[0], 1u << 27);
        tell();
    }
    CHECK(warnings == 1 && !hba.port[0].enable && hba.bus_master);
    stop();
}

static void a_lost_interrupt_is_found_by_asking(void)
{
    start(32, WITH_NCQ);
    struct asked *a = ask_for(BLOCK_READ, 9, 8);
    CHECK(submit_to(disks[0], a) == 0);
    run_device(0, 1);
    hba.interrupt = 0;
    CHECK(a->flying);
    disks[0]->poll(disks[0]);
    CHECK(!a->flying && a->r.status == 0);
    drop(a);
    stop();
}

static void what_cannot_be_driven_is_refused(void)
{
    static const struct {
        unsigned word;
        uint16_t value;
    } wrong[] = {{0, 1 << 15}, {49, 1 << 9}, {49, 1 << 8}, {100, 0}, {103, UINT16_MAX}, {106, 1 << 14 | 1 << 12}};
    for (unsigned i = 0; i < ARRAY_LEN(wrong); i++) {
        start(32, WITH_NCQ);
        stop();
        fake_disks[0].identity[wrong[i].word] = wrong[i].value;
        warnings = 0;
        CHECK(probe(&pci) == 0 && disk_count == 1 && warnings == 1);
        stop();
    }
    boot_info.ranges[0] = (struct boot_range){1ull << 32, 2ull << 32, BOOT_RANGE_FREE};
    boot_info.range_count = 1;
    hba.cap = CAP_NCQ;
    CHECK(probe(&pci) == -ENOTSUP && disk_count == 0);
    boot_info.range_count = 0;
}

static void large_sectors_are_counted_in_small_ones(void)
{
    struct ata_disk d;
    struct block_device b = {0};
    fake_disk_init(&fake_disks[0], 32, 4096);
    CHECK(ata_identify(&d, fake_disks[0].identity) == 0 && d.sector_size == 4096);
    ata_describe(&d, &b);
    CHECK(b.sectors == DISK_SECTORS && b.sector_size == 4096);
    struct block_part part = {0, 8192};
    struct block_request r = {.operation = BLOCK_WRITE, .sector = 80, .parts = &part, .part_count = 1};
    struct ata_command c = ata_choose(&d, &r, ATA_DMA);
    CHECK(c.command == 0xca && c.lba == 10 && c.count == 2 && !c.wide);
    r.sector = 8ull << 28;
    c = ata_choose(&d, &r, ATA_DMA);
    CHECK(c.command == 0x35 && c.lba == 1ull << 28 && c.wide && c.device == 0x40);
    part.length = 256 * 4096;
    r.sector = 8;
    c = ata_choose(&d, &r, ATA_PIO);
    CHECK(c.command == 0x30 && c.count == 0 && c.device == 0x40);
    part.length = 257 * 4096;
    r.sector = 8ull * 0x3000001;
    c = ata_choose(&d, &r, ATA_PIO);
    CHECK(c.command == 0x34 && c.count == 257 && c.lba == 0x3000001 && c.device == 0x40);
    part.length = 4096;
    c = ata_choose(&d, &r, ATA_DMA);
    CHECK(c.command == 0xca && c.count == 1 && c.lba == 0x3000001 && c.device == 0x43);
}

/* Whatever the registers say: nothing is completed twice or left behind by a reset, and no memory is touched. */
static void hostile_round(void)
{
    tick = 1000000000;
    hostile = false;
    start(random_u64() % 33, WITH_NCQ);
    hostile = true;
    struct asked *all[16] = {0};
    for (unsigned step = 0; step < 60 && random_left(); step++) {
        unsigned i = random_u64() % ARRAY_LEN(all);
        random_registers = random_u64() % 2;
        if (!all[i])
            all[i] = ask_for(random_u64() % 3, i * 64, 4);
        if (!all[i]->flying)
            submit_to(disks[0], all[i]);
        interrupt_function(interrupt_argument);
        if (random_u64() % 8 == 0)
            disks[0]->reset(disks[0]);
    }
    disks[0]->reset(disks[0]);
    for (unsigned i = 0; i < ARRAY_LEN(all); i++)
        if (all[i])
            drop(all[i]);
    random_registers = false;
    stop();
}

static void survives_a_hostile_device(void)
{
    for (unsigned round = 0; round < 100; round++)
        hostile_round();
    for (unsigned round = 0; round < 300; round++) {
        hostile = false;
        start(32, WITH_NCQ);
        stop();
        hostile = true;
        for (unsigned w = 0; w < 256; w++)
            if (random_u64() % 4 == 0)
                fake_disks[0].identity[w] = (uint16_t)random_u64();
        random_registers = random_u64() % 4 == 0;
        __lsan_disable(); /* memory of a port that does not stop is not given back */
        probe(&pci);
        __lsan_enable();
        random_registers = false;
        for (unsigned i = 0; i < disk_count; i++)
            CHECK(disks[i]->sectors && disks[i]->depth >= 1 && disks[i]->depth <= 32 && disks[i]->max_bytes);
        stop();
    }
}

int main(void)
{
    disks_are_found_and_others_left_alone();
    many_requests(32, WITH_NCQ);
    many_requests(5, WITH_NCQ | LARGE_SECTORS);
    many_requests(0, CAP_64_BIT | LARGE_SECTORS);
    one_bad_sector_fails_one_request(32, WITH_NCQ, 0);
    one_bad_sector_fails_one_request(32, WITH_NCQ, LATE);
    one_bad_sector_fails_one_request(0, WITH_NCQ, 0);
    one_bad_sector_fails_one_request(0, WITH_NCQ, LATE);
    a_silent_disk_is_reset();
    a_disk_that_does_not_come_back_is_given_up(NOT_BACK);
    a_disk_that_does_not_come_back_is_given_up(SILENT | STUCK);
    errors_without_end_end();
    a_lost_interrupt_is_found_by_asking();
    what_cannot_be_driven_is_refused();
    large_sectors_are_counted_in_small_ones();
    survives_a_hostile_device();
    puts("OK");
}
