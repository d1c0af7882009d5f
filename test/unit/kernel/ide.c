/* The IDE driver over a made-up controller: data by bus master and PIO, errors, resets; hostile registers. */
#include "device-host.h"
#include "ide-host.h"

enum { LEGACY = 0, NATIVE = 1, NO_BUS_MASTER = 2, HIGH_MEMORY = 4, LARGE_SECTORS = 8, SIMPLEX = 16 };
static void start(unsigned kind)
{
    static struct pci_device pci;
    direct_map_base = (uint64_t)arena - (1 << 20);
    native = kind & NATIVE;
    high_buffers = kind & HIGH_MEMORY;
    memset(channels, 0, sizeof channels);
    disk_count = ended = warnings = 0;
    for (unsigned i = 0; i < 2; i++) {
        fake_disk_init(&fake_disks[i], 0, i && kind & LARGE_SECTORS ? 4096 : 512);
        channels[0].disk[i] = &fake_disks[i];
        channels[i].status = 0x50;
    }
    channels[1].atapi = true;
    channels[1].disk[1] = kind & SIMPLEX ? &fake_disks[0] : NULL;
    simplex = kind & SIMPLEX;
    boot_info.ranges[0] = (struct boot_range){1ull << 32, 2ull << 32, BOOT_RANGE_FREE};
    boot_info.range_count = high_buffers;
    pci = (struct pci_device){.class_code = native ? 0x010185 : 0x010180};
    static const uint64_t bases[5] = {0xc000, 0xc100, 0xc200, 0xc300, 0xd000};
    for (unsigned i = native ? 0 : 4; i < (kind & NO_BUS_MASTER ? 4 : 5); i++) {
        pci.bar[i].base = bases[i];
        pci.bar[i].size = i == 4 ? 16 : i % 2 ? 4 : 8;
        pci.bar[i].io = true;
    }
    CHECK(probe(&pci) == 0);
}
static void stop(void)
{
    struct ide_channel *c = disk_count ? ((struct ide_drive *)disks[0]->priv)->channel : NULL;
    if (c && c->table)
        free_low_page(c->table, 0);
    if (c && c->bounce)
        free_low_page(c->bounce, 4);
    kfree(c);
}

static void disks_are_found_and_others_left_alone(unsigned kind)
{
    start(kind);
    CHECK(disk_count == 2 && warnings == 0 && !channels[0].resets);
    for (unsigned i = 0; i < 2; i++) {
        struct block_device *d = disks[i];
        CHECK(d->sectors == DISK_SECTORS && d->sector_size == 512 && d->depth == 1 && d->volatile_cache);
        CHECK(!strcmp(((struct ide_drive *)d->priv)->ata.model, "FAKE"));
    }
    CHECK(channels[1].control & 2 && !channels[0].control && !channels[0].irq);
    stop();
}

static void both_disks_work(unsigned kind)
{
    start(kind);
    struct asked *flying[2] = {0};
    unsigned done = 0, bounced = 0;
    for (unsigned step = 0; step < 40000 && done < 1500; step++) {
        unsigned i = random_u64() % 2;
        if (!flying[i]) {
            enum block_operation operation = random_u64() % 8 ? random_u64() % 2 : BLOCK_FLUSH;
            unsigned count = operation == BLOCK_FLUSH ? 0 : 1 + random_u64() % 100;
            unsigned unit = disks[i]->sector_size / SECTOR;
            flying[i] = ask_for(operation, random_u64() % (3900 / unit) * unit, ALIGN_UP(count, unit));
            CHECK(submit_to(disks[i], flying[i]) == 0);
        } else if (random_u64() % 8 == 0) {
            struct block_request another = {.operation = BLOCK_FLUSH};
            CHECK(disks[i]->submit(disks[i], &another) == -EAGAIN || !flying[i]->flying);
        }
        run_device(0);
        if (random_u64() % 3)
            tell();
        else
            disks[i]->poll(disks[i]);
        bounced += ((struct ide_drive *)disks[0]->priv)->channel->bounced;
        for (unsigned j = 0; j < 2; j++) {
            struct asked *a = flying[j];
            if (!a || a->flying)
                continue;
            CHECK(a->r.status == 0 && matches(&fake_disks[j], a));
            drop(a);
            flying[j] = NULL;
            done++;
        }
    }
    CHECK(done >= (kind & NO_BUS_MASTER ? 300 : 1500) && fake_disks[0].flushes && fake_disks[1].flushes);
    CHECK(!channels[0].resets && !warnings && (bounced != 0) == (kind == HIGH_MEMORY));
    for (unsigned i = 0; i < 2; i++)
        if (flying[i]) {
            disks[i]->reset(disks[i]);
            drop(flying[i]);
        }
    stop();
}

static void finish_all(struct asked *a)
{
    for (unsigned i = 0; i < 1000 && a->flying; i++) {
        run_device(0);
        tell();
    }
    CHECK(!a->flying);
}

static void a_bad_sector_fails_its_request_only(unsigned kind)
{
    start(kind);
    for (unsigned round = 0; round < 200; round++) {
        fake_disks[0].bad = random_u64() % 40;
        struct asked *a = ask_for(random_u64() % 2, 0, 20), *b = ask_for(BLOCK_READ, 0, 20);
        CHECK(submit_to(disks[0], a) == 0 && submit_to(disks[1], b) == 0);
        finish_all(a);
        finish_all(b);
        CHECK(a->r.status == (fake_disks[0].bad < 20 ? -EIO : 0) && b->r.status == 0 && matches(&fake_disks[1], b));
        drop(a);
        drop(b);
    }
    CHECK(!warnings);
    stop();
}

static void a_silent_disk_is_reset_and_the_other_goes_on(void)
{
    start(LEGACY);
    struct asked *a = ask_for(BLOCK_READ, 0, 8), *b = ask_for(BLOCK_READ, 0, 8);
    for (unsigned i = 0; i < 2; i++) { /* whichever of them is under way */
        channels[0].behaviour = SILENT;
        CHECK(submit_to(disks[i], a) == 0 && submit_to(disks[!i], b) == 0);
        run_device(0);
        tell();
        CHECK(disks[0]->reset(disks[0]) == 0 && channels[0].resets == i + 1);
        CHECK((i ? b : a)->r.status == -EIO && !(i ? b : a)->flying && (i ? a : b)->flying);
        channels[0].behaviour = 0;
        finish_all(i ? a : b);
        CHECK((i ? a : b)->r.status == 0);
    }
    CHECK(submit_to(disks[0], a) == 0);
    finish_all(a);
    CHECK(a->r.status == 0 && matches(&fake_disks[0], a));
    drop(a);
    drop(b);
    stop();
}

static void a_channel_that_does_not_come_back_is_given_up(void)
{
    start(LEGACY);
    struct asked *a = ask_for(BLOCK_READ, 0, 8), *b = ask_for(BLOCK_READ, 0, 8);
    channels[0].behaviour = SILENT | NOT_BACK;
    CHECK(submit_to(disks[0], a) == 0 && submit_to(disks[1], b) == 0 && disks[0]->reset(disks[0]) < 0);
    CHECK(a->r.status == -EIO && b->r.status == -EIO && ended == 2 && warnings == 1);
    CHECK(submit_to(disks[0], a) == -ENODEV && submit_to(disks[1], b) == -ENODEV);
    CHECK(disks[1]->reset(disks[1]) < 0 && ended == 2);
    drop(a);
    drop(b);
    stop();
    start(LEGACY);
    a = ask_for(BLOCK_READ, 0, 8);
    channels[0].behaviour = NOT_BACK;
    channels[0].status = 0x80; /* busy between commands */
    CHECK(submit_to(disks[0], a) == 0 && a->r.status == -EIO && warnings == 1);
    drop(a);
    stop();
}

static void without_low_memory_there_is_no_bus_master(void)
{
    memset(used, 0, sizeof used);
    no_low_memory = true;
    start(LEGACY);
    no_low_memory = false;
    CHECK(disk_count == 2 && warnings == 1);
    struct asked *a = ask_for(BLOCK_READ, 0, 8);
    CHECK(submit_to(disks[0], a) == 0);
    finish_all(a);
    CHECK(a->r.status == 0 && matches(&fake_disks[0], a));
    drop(a);
    stop();
    memset(used, 0, sizeof used);
}

static void one_channel_of_two_has_the_only_bus_master(void)
{
    start(SIMPLEX);
    CHECK(disk_count == 3 && !warnings);
    struct ide_channel *c = ((struct ide_drive *)disks[2]->priv)->channel;
    CHECK(c->number == 1 && !c->bus_master && ((struct ide_drive *)disks[0]->priv)->channel->bus_master);
    struct asked *a = ask_for(BLOCK_READ, 3, 8);
    CHECK(submit_to(disks[2], a) == 0);
    for (unsigned i = 0; i < 100 && a->flying; i++) {
        run_device(1);
        tell();
    }
    CHECK(!a->flying && a->r.status == 0 && matches(&fake_disks[0], a));
    drop(a);
    kfree(c);
    stop();
}

static void old_disks_have_short_addresses(void)
{
    start(LEGACY);
    stop();
    fake_disks[0].identity[83] = 0;
    channels[0].control = disk_count = 0;
    channels[0].disk[1] = NULL;
    static struct pci_device pci = {.class_code = 0x010100};
    CHECK(probe(&pci) == 0 && disk_count == 1 && disks[0]->sectors == DISK_SECTORS && !disks[0]->volatile_cache);
    CHECK(disks[0]->max_bytes == 256 * 512);
    stop();
}

static void hostile_round(void)
{
    tick = 100000000;
    start((unsigned)(random_u64() % 8));
    random_registers = true;
    struct asked *all[2] = {0};
    for (unsigned step = 0; step < 100 && random_left(); step++) {
        unsigned i = random_u64() % 2;
        if (!all[i])
            all[i] = ask_for(random_u64() % 3, i * 64, 4);
        if (!all[i]->flying)
            submit_to(disks[i], all[i]);
        channels[0].handler(channels[0].argument);
        if (random_u64() % 8 == 0)
            disks[i]->reset(disks[i]);
    }
    for (unsigned i = 0; i < 2; i++) {
        disks[i]->reset(disks[i]);
        if (all[i])
            drop(all[i]);
    }
    random_registers = false;
    stop();
}

static void survives_a_hostile_device(void)
{
    for (unsigned round = 0; round < 200; round++)
        hostile_round();
}

int main(void)
{
    disks_are_found_and_others_left_alone(LEGACY);
    disks_are_found_and_others_left_alone(NATIVE);
    disks_are_found_and_others_left_alone(NATIVE | NO_BUS_MASTER);
    both_disks_work(LEGACY);
    both_disks_work(NATIVE | LARGE_SECTORS);
    both_disks_work(NO_BUS_MASTER | LARGE_SECTORS);
    both_disks_work(HIGH_MEMORY);
    both_disks_work(HIGH_MEMORY | NATIVE | NO_BUS_MASTER);
    a_bad_sector_fails_its_request_only(LEGACY);
    a_bad_sector_fails_its_request_only(NATIVE | NO_BUS_MASTER);
    a_silent_disk_is_reset_and_the_other_goes_on();
    a_channel_that_does_not_come_back_is_given_up();
    without_low_memory_there_is_no_bus_master();
    one_channel_of_two_has_the_only_bus_master();
    old_disks_have_short_addresses();
    survives_a_hostile_device();
    puts("OK");
}
