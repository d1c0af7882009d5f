/* The PVSCSI driver over made-up registers and targets: data goes both ways, what hangs is taken back, a hostile
 * adapter does no harm. */
#include "device-host.h"
#include "scsi-target.h"
#include "cpu/cpu.h"
#include "lib/format.c"
#include "block/scsi.c"
#include "block/scsi-disk.c"
#include "block/scsi-scan.c"

static uint32_t register_read(const volatile void *p);
static void register_write(volatile void *p, uint32_t v);
#define mmio_read32 register_read
#define mmio_write32 register_write
#include "drivers/pvscsi.c"

static uint8_t registers[REGISTERS_SIZE];
static struct pci_device card = {
    .vendor = 0x15ad, .device = 0x07c0, .bar = {{.base = 0xc000, .size = 8, .io = true}, {.base = 1, .size = 0x8000}}};
static void (*interrupt_fn)(void *);
static void *interrupt_arg;
static int interrupt_kind = PCI_MSI;
static bool mastering;

void pci_enable(const struct pci_device *d)
{
    mastering = true;
}
void pci_disable(const struct pci_device *d)
{
    mastering = false;
}
void *pci_map_bar(const struct pci_device *d, unsigned bar, uint64_t offset, uint64_t size)
{
    return bar == 1 && offset + size <= sizeof registers ? registers : NULL;
}
int pci_interrupts(const struct pci_device *d, unsigned count, void (*const *fns)(void *), void *const *args)
{
    interrupt_fn = fns[0];
    interrupt_arg = args[0];
    return interrupt_kind;
}

/* The adapter. */
static struct ring_state *rings; /* NULL: not set up */
static struct request *request_ring;
static struct completion *completion_ring;
static uint32_t consumed, produced, interrupt_status, interrupt_mask, command_status;
static uint32_t command_words[sizeof(struct setup_rings) / 4], command_number, command_count;
static struct request pending[SLOTS]; /* what it has taken from the ring */
static unsigned pending_count, interrupts, adapter_resets, device_resets, aborts;
static bool silent, no_aborts, no_resets, no_rings; /* what it does not do */
static uint64_t short_length = UINT64_MAX;          /* what it tells of transfers that were short */

static void raise_interrupt(void)
{
    interrupt_status |= 1;
    if (interrupt_mask & 1 && interrupt_fn) {
        interrupts++;
        interrupt_fn(interrupt_arg);
    }
}

static void put_completion(struct completion c)
{
    completion_ring[produced % COMPLETIONS] = c;
    rings->completion_produced = ++produced;
}

static unsigned list_of(const struct request *r, struct block_part *parts)
{
    parts[0] = (struct block_part){r->data, (uint32_t)r->length};
    if (!(r->flags & FLAG_LIST))
        return r->length != 0;
    const struct stretch *list = (const struct stretch *)r->data;
    unsigned count = 0;
    for (uint64_t left = r->length; left; left -= list[count++].length) {
        CHECK(count < MAX_PARTS && list[count].length <= left && !list[count].flags);
        CHECK((uint64_t)&list[count] >> PAGE_SHIFT == r->data >> PAGE_SHIFT);
        parts[count] = (struct block_part){list[count].address, list[count].length};
    }
    return count;
}

static void carry_out(const struct request *r)
{
    struct block_part parts[MAX_PARTS];
    static const uint8_t no_lun[6];
    CHECK(r->bus == 0 && r->lun[0] == 0 && !memcmp(r->lun + 2, no_lun, 6) && r->tag == SIMPLE_TAG && r->context);
    CHECK(r->cdb_length && !(r->cdb[0] < 0x20 && r->cdb_length != 6));
    struct answer a = target_execute((struct scsi_address){r->target, r->lun[1]}, r->cdb, parts, list_of(r, parts));
    memcpy((void *)r->sense, a.sense, MIN(a.sense_length, r->sense_length));
    bool complete = a.transferred == r->length;
    uint16_t status = a.absent ? A_SELECTION_TIMEOUT : complete ? A_SUCCESS : A_OVER_OR_UNDERRUN;
    put_completion((struct completion){.context = r->context,
                                       .length = complete                     ? 0
                                                 : short_length == UINT64_MAX ? a.transferred
                                                                              : short_length,
                                       .sense_length = a.sense_length,
                                       .adapter_status = status,
                                       .status = a.status});
}

static void take_requests(void)
{
    for (; rings && consumed != rings->request_produced; consumed++) {
        CHECK(pending_count < SLOTS);
        pending[pending_count++] = request_ring[consumed % SLOTS];
        rings->request_consumed = consumed + 1;
    }
}

static void end_pending(uint16_t adapter_status, const struct scsi_address *unit, uint64_t context)
{
    for (unsigned i = 0; i < pending_count;) {
        bool matches = unit ? pending[i].target == unit->target && pending[i].lun[1] == unit->lun
                            : !context || pending[i].context == context;
        if (!matches) {
            i++;
            continue;
        }
        put_completion((struct completion){.context = pending[i].context, .adapter_status = adapter_status});
        pending[i] = pending[--pending_count];
    }
}

static void set_rings_up(void)
{
    struct setup_rings s;
    memcpy(&s, command_words, sizeof s);
    CHECK(s.request_pages == 1 && s.completion_pages == 1);
    rings = (struct ring_state *)(s.state_page << PAGE_SHIFT);
    request_ring = (struct request *)(s.request_page[0] << PAGE_SHIFT);
    completion_ring = (struct completion *)(s.completion_page[0] << PAGE_SHIFT);
    consumed = produced = 0;
    *rings = (struct ring_state){.request_size_log2 = 5, .completion_size_log2 = 7};
}

static void run_command(void)
{
    command_status = 0;
    if (command_number == ADAPTER_RESET) {
        adapter_resets++;
        if (rings)
            end_pending(A_BUS_RESET, NULL, 0);
        rings = NULL;
    } else if (command_number == SETUP_RINGS && no_rings) {
        command_status = COMMAND_FAILED;
    } else if (command_number == SETUP_RINGS) {
        set_rings_up();
    } else if (command_number == RESET_DEVICE) {
        struct reset_device r;
        memcpy(&r, command_words, sizeof r);
        device_resets++;
        if (!no_resets)
            end_pending(A_BUS_RESET, &(struct scsi_address){(uint16_t)r.target, r.lun[1]}, 0);
    } else if (command_number == ABORT_COMMAND) {
        struct abort_command c;
        memcpy(&c, command_words, sizeof c);
        CHECK(c.context && !c.unused);
        aborts++;
        if (!no_aborts)
            end_pending(A_ABORTED, NULL, c.context);
    } else {
        command_status = COMMAND_FAILED;
    }
    command_number = 0;
}

static void feed_command(uint32_t word)
{
    static const uint32_t words[] = {
        [SETUP_RINGS] = sizeof(struct setup_rings) / 4, [RESET_DEVICE] = 3, [ABORT_COMMAND] = 4};
    CHECK(command_number && command_count < words[command_number]);
    command_words[command_count++] = word;
    if (command_count == words[command_number])
        run_command();
}

static void register_write(volatile void *p, uint32_t v)
{
    switch ((uint32_t)((volatile uint8_t *)p - registers)) {
    case COMMAND:
        command_number = v;
        command_count = 0;
        if (v == ADAPTER_RESET)
            run_command();
        break;
    case COMMAND_DATA:
        feed_command(v);
        break;
    case INTERRUPT_STATUS:
        interrupt_status &= ~v;
        break;
    case INTERRUPT_MASK:
        interrupt_mask = v;
        break;
    case KICK_OTHER:
    case KICK_READ_WRITE:
        take_requests();
        break;
    default:
        CHECK(!"such a register");
    }
}

static uint32_t register_read(const volatile void *p)
{
    uint32_t offset = (uint32_t)((const volatile uint8_t *)p - registers);
    CHECK(offset == COMMAND_STATUS || offset == INTERRUPT_STATUS);
    return offset == COMMAND_STATUS ? command_status : interrupt_status;
}

/* In any order; sometimes by an interrupt. */
static void work(void)
{
    if (!pending_count || silent || !rings)
        return;
    unsigned i = random_u64() % pending_count;
    struct request r = pending[i];
    pending[i] = pending[--pending_count];
    carry_out(&r);
    if (random_u64() % 2)
        raise_interrupt();
}

static void start_adapter(void)
{
    silent = no_aborts = no_resets = no_rings = false;
    pending_count = warnings = completed = commands_seen = 0;
    meanwhile = work;
    CHECK(probe(&card) == 0 && mastering);
    adapter_resets = device_resets = aborts = interrupts = 0;
}

static void stop(void)
{
    struct adapter *a = interrupt_arg;
    meanwhile = NULL;
    forget_disks();
    rings = NULL;
    interrupt_fn = NULL;
    interrupt_mask = interrupt_status = 0;
    page_free(a->shared, SHARED_ORDER);
    kfree(a);
}

static void two_disks(void)
{
    unit_count = 0;
    add_unit(0, 0, 128, 512)->cache = true;
    add_unit(64, 2, 16, 4096);
}

static void moves_data(int kind)
{
    interrupt_kind = kind;
    two_disks();
    add_unit(1, 0, 9, 512)->type = 5;
    start_adapter();
    CHECK(disk_count == 2 && warnings == 0 && commands_seen < 100);
    CHECK(disks[0]->max_parts == MAX_PARTS && disks[0]->volatile_cache && disks[1]->sector_size == 4096);
    data_goes_both_ways(disks[0], 300);
    data_goes_both_ways(disks[1], 300);
    CHECK(transfer(disks[0], BLOCK_FLUSH, 0, NULL, 0) == 0 && warnings == 0 && interrupts > 100);
    CHECK(kind != PCI_INTX || interrupt_status == 0);
    static uint8_t data[1024];
    units[0].trouble = 1;
    units[0].trouble_status = SCSI_CHECK_CONDITION;
    units[0].trouble_key = SCSI_MEDIUM_ERROR;
    CHECK(transfer(disks[0], BLOCK_READ, 0, data, 512) == -EIO);
    static const uint64_t lengths[] = {UINT64_MAX, 0, 5000}; /* QEMU tells none; a wrong one must not matter */
    for (unsigned i = 0; i < ARRAY_LEN(lengths); i++) {
        short_length = lengths[i];
        units[0].short_transfer = true;
        CHECK(transfer(disks[0], BLOCK_READ, 0, data, 1024) == -EIO);
        CHECK(transfer(disks[0], BLOCK_READ, 0, data, 1024) == 0);
    }
    short_length = UINT64_MAX;
    stop();
    interrupt_kind = PCI_MSI;
}

#define MANY (2 * DEPTH)
static struct block_request many[MANY];
static void start_many(unsigned count)
{
    static uint8_t data[MANY][4096];
    static struct block_part parts[MANY];
    for (unsigned i = 0; i < count; i++) {
        parts[i] = (struct block_part){(paddr_t)data[i], 4096};
        start_request(&many[i], disks[i % 2], BLOCK_READ, 8 * (i / 2 % 8), &parts[i], 1);
    }
}

static void many_are_in_flight(void)
{
    two_disks();
    start_adapter();
    for (unsigned round = 0; round < 20; round++) {
        completed = 0;
        start_many(MANY);
        for (unsigned i = MANY; i--;)
            CHECK(finish_request(&many[i]) == 0);
        CHECK(completed == MANY && warnings == 0);
    }
    stop();
}

/* How much it takes until the adapter lets go of one disk's commands. */
static void what_hangs_is_taken_back(bool not_by_aborts, bool not_by_device_reset)
{
    two_disks();
    start_adapter();
    silent = true;
    no_aborts = not_by_aborts;
    no_resets = not_by_device_reset;
    start_many(8);
    CHECK(disks[0]->reset(disks[0]) == 0 && aborts == 4);
    CHECK(device_resets == not_by_aborts && adapter_resets == not_by_device_reset);
    for (unsigned i = 0; i < 8; i++)
        CHECK(many[i].status == (i % 2 ? UNFINISHED : -EIO));
    silent = false;
    for (unsigned i = 1; i < 8; i += 2)
        CHECK(finish_request(&many[i]) == 0);
    data_goes_both_ways(disks[0], 20);
    data_goes_both_ways(disks[1], 20);
    CHECK(warnings == 0);
    stop();
}

static void one_that_does_not_come_back_is_given_up(void)
{
    static uint8_t data[512];
    two_disks();
    start_adapter();
    silent = no_aborts = no_resets = no_rings = true;
    start_many(8);
    CHECK(disks[0]->reset(disks[0]) == -EIO);
    for (unsigned i = 0; i < 8; i++)
        CHECK(many[i].status == -EIO);
    CHECK(transfer(disks[1], BLOCK_READ, 0, data, 512) == -EIO && disks[1]->reset(disks[1]) == -EIO);
    stop();
    no_rings = true;
    CHECK(probe(&card) == -EIO && !mastering);
}

static void wrong_answers_end_it(uint64_t context, uint32_t skip)
{
    two_disks();
    start_adapter();
    silent = true;
    start_many(8);
    put_completion((struct completion){.context = context});
    rings->completion_produced += skip;
    for (unsigned i = 0; i < 8; i++)
        CHECK(finish_request(&many[i]) == -EIO);
    CHECK(warnings == 1 && adapter_resets == 1 && !mastering);
    raise_interrupt();
    CHECK(warnings == 1);
    stop();
}

static void answer_at_random(void)
{
    take_requests();
    if (!rings)
        return;
    for (; pending_count; pending_count--) {
        struct request *r = &pending[pending_count - 1];
        for (unsigned i = 0; i < r->sense_length; i++)
            ((uint8_t *)r->sense)[i] = (uint8_t)random_u64();
        put_completion((struct completion){.context = random_u64() % 100 ? r->context : random_u64() % 40,
                                           .length = random_u64() % 2 ? random_u64() % 5000 : random_u64(),
                                           .sense_length = (uint32_t)random_u64(),
                                           .adapter_status = random_u64() % 2 ? 0 : (uint16_t)(random_u64() % 0x40),
                                           .status = random_u64() % 2 ? 0 : (uint16_t)(random_u64() % 0x50)});
    }
    if (random_u64() % 500 == 0)
        rings->completion_produced = (uint32_t)random_u64();
    rings->request_consumed = (uint32_t)random_u64();
    rings->completion_consumed = (uint32_t)random_u64();
    rings->request_size_log2 = rings->completion_size_log2 = (uint32_t)random_u64();
}

static void hostile_round(void)
{
    static uint8_t data[4096];
    two_disks();
    start_adapter();
    meanwhile = answer_at_random;
    for (unsigned i = 0; i < 20; i++) {
        struct block_request r;
        struct block_part part = {(paddr_t)data, sizeof data};
        start_request(&r, disks[i % 2], i % 3 ? BLOCK_READ : BLOCK_WRITE, 0, &part, 1);
        for (unsigned turn = 0; turn < 300 && r.status == UNFINISHED; turn++) {
            clock_monotonic();
            r.device->poll(r.device);
            run_timer();
        }
        if (r.status == UNFINISHED)
            r.device->reset(r.device);
        CHECK(r.status != UNFINISHED);
    }
    stop();
}

static void survives_a_hostile_adapter(void)
{
    for (unsigned round = 0; round < 100; round++)
        hostile_round();
}

int main(void)
{
    direct_map_base = 0;
    moves_data(PCI_MSI);
    moves_data(PCI_INTX);
    many_are_in_flight();
    what_hangs_is_taken_back(false, false);
    what_hangs_is_taken_back(true, false);
    what_hangs_is_taken_back(true, true);
    one_that_does_not_come_back_is_given_up();
    wrong_answers_end_it(0, 0);
    wrong_answers_end_it(9, 0);
    wrong_answers_end_it(SLOTS + 1, 0);
    wrong_answers_end_it(UINT64_MAX, 0);
    wrong_answers_end_it(1, COMPLETIONS);
    survives_a_hostile_adapter();
    puts("OK");
}
