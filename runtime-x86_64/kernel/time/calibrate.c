/* How fast the time-stamp counter runs. The hypervisor or the CPU may say so; if not, the counter is compared with the
 * HPET, the PIT or the ACPI timer: one reading when boot begins, one when the clock is first used, two more in the
 * background. Nothing waits longer than a fraction of a millisecond, and a reading is three device accesses. */
#include "lib/mul-div.h"
#include "time/clock.h"
#include "bus/bus.h"
#include "mm/mm.h"
#include "cpu/cpu.h"
#include "irq/controller.h"

#define HYPERVISOR_LEAVES 0x40000000
#define HYPERVISOR_TSC_KHZ 0x40000010
#define MIN_TICKS 400000u /* between the first two readings: 80 us at 5 GHz, 400 us at 1 GHz */
#define MIN_PRECISION 8u
#define MIN_TSC_HZ 1000000000ull
#define FALLBACK_HZ 1000000000ull

/* A counter of known frequency. */
struct reference {
    uint64_t hz;
    uint32_t mask; /* it wraps beyond this */
    uint32_t (*read)(void);
};

/* Both counters at one time, give or take half of what the reading took (TSC ticks). */
struct reading {
    uint32_t count;
    uint64_t tsc, took;
};

static struct {
    struct reference reference; /* hz 0: none */
    struct reading start;
    uint64_t hz, min_ticks;
    uint64_t precision; /* hz is known to one part in so many */
    bool rough;
} state;

/* 8254 channel 2, which no interrupt hangs on: mode 0 counts down from 65535 and goes on after 0. */
enum { PIT_CHANNEL2 = 0x42, PIT_COMMAND = 0x43, PIT_GATE = 0x61 };
#define PIT_HZ 1193182
#define PIT_SET_MODE0 0xb0    /* channel 2, low byte then high byte */
#define PIT_LATCH 0x80        /* channel 2's count */
#define PIT_LATCH_STATUS 0xe8 /* channel 2's status: the mode that was set, but for the two top bits */
#define PIT_MODE_MASK 0x3f

static uint32_t pit_read(void)
{
    outb(PIT_COMMAND, PIT_LATCH);
    uint32_t low = inb(PIT_CHANNEL2);
    return -(low | (uint32_t)inb(PIT_CHANNEL2) << 8);
}

static bool pit_start(void)
{
    outb(PIT_GATE, (inb(PIT_GATE) & 0xfc) | 1); /* gate on, speaker off */
    outb(PIT_COMMAND, PIT_SET_MODE0);
    outb(PIT_CHANNEL2, 0xff);
    outb(PIT_CHANNEL2, 0xff);
    outb(PIT_COMMAND, PIT_LATCH_STATUS);
    return (inb(PIT_CHANNEL2) & PIT_MODE_MASK) == (PIT_SET_MODE0 & PIT_MODE_MASK);
}

/* High Precision Event Timer (IA-PC HPET 1.0a, 2.3): the main counter's low half. */
enum { HPET_PERIOD = 4, HPET_CONFIGURATION = 0x10, HPET_COUNTER = 0xf0 };
#define HPET_ENABLE 1u
#define HPET_LONGEST_PERIOD 100000000u /* fs */
#define FS_PER_SECOND 1000000000000000ull
static volatile uint8_t *hpet;

static uint32_t hpet_read(void)
{
    return mmio_read32(hpet + HPET_COUNTER);
}

/* Its frequency; 0: there is none. */
static uint64_t hpet_start(void)
{
    struct table {
        struct acpi_header header;
        uint32_t id;
        struct acpi_address base;
    } __attribute__((packed));
    const struct table *t = acpi_table("HPET", sizeof *t);
    if (!t || t->base.space != ACPI_SPACE_MEMORY || !t->base.address)
        return 0;
    hpet = mmio_map(t->base.address, 1024);
    uint32_t period = hpet ? mmio_read32(hpet + HPET_PERIOD) : 0;
    if (!period || period > HPET_LONGEST_PERIOD)
        return 0;
    uint32_t configuration = mmio_read32(hpet + HPET_CONFIGURATION);
    if (!(configuration & HPET_ENABLE))
        mmio_write32(hpet + HPET_CONFIGURATION, configuration | HPET_ENABLE);
    return FS_PER_SECOND / period;
}

/* ACPI power management timer (ACPI 6.5, 4.8.3.3). */
#define PM_TIMER_HZ 3579545
static uint16_t pm_timer_port;

static uint32_t pm_timer_read(void)
{
    return inl(pm_timer_port);
}

static bool pm_timer_start(void)
{
    enum { FADT_PM_TMR_BLK = 76, FADT_MIN = 80 };
    const uint8_t *fadt = acpi_table("FACP", FADT_MIN);
    if (!fadt)
        return false;
    uint32_t port;
    memcpy(&port, fadt + FADT_PM_TMR_BLK, sizeof port);
    pm_timer_port = (uint16_t)port;
    return port && port < 0x10000;
}

/* QEMU and KVM count the local APIC's timer at 1 GHz whatever the machine. The alarm takes it over, so it is read twice
 * and never again, a little further apart. */
#define VIRTUAL_LAPIC_HZ 1000000000ull
#define LAPIC_TICKS_FACTOR 8

static uint32_t lapic_read(void)
{
    return -lapic_timer_left();
}

static bool lapic_start(void)
{
    bool known = !strcmp(cpu.hypervisor_id, "TCGTCGTCGTCG") || !strcmp(cpu.hypervisor_id, "KVMKVMKVM");
    return known && alarm_counts_on_lapic();
}

/* When this virtual machine was held up between the two, the bracket is long: once more. */
static struct reading read_both(void)
{
    enum { LONG_BRACKET = 50000, TRIES = 3 };
    struct reading r = {0};
    for (int i = 0; !i || (r.took > LONG_BRACKET && i < TRIES); i++) {
        uint64_t before = rdtsc();
        r.count = state.reference.read();
        r.took = rdtsc() - before;
        r.tsc = before + r.took / 2;
    }
    return r;
}

static uint64_t hz_from_cpu(void)
{
    uint32_t r[4];
    if (pvclock_find())
        return pvclock_tsc_hz();
    if (cpu.hypervisor) {
        cpuid(HYPERVISOR_LEAVES, 0, r);
        if (r[0] >= HYPERVISOR_TSC_KHZ && r[0] < HYPERVISOR_LEAVES + 0x100) {
            cpuid(HYPERVISOR_TSC_KHZ, 0, r);
            return r[0] * 1000ull;
        }
    }
    cpuid(0, 0, r);
    uint32_t max = r[0];
    if (max < 0x15)
        return 0;
    cpuid(0x15, 0, r); /* ratio EBX/EAX to a crystal of ECX Hz, Intel SDM vol. 3, 19.7.3 */
    if (r[0] && r[1] && r[2])
        return (uint64_t)r[2] * r[1] / r[0];
    if (max < 0x16 || !r[0])
        return 0;
    cpuid(0x16, 0, r);
    return (r[0] & 0xffff) * 1000000ull;
}

void calibrate_start(void)
{
    state.hz = hz_from_cpu();
    if (state.hz)
        return;
    state.min_ticks = MIN_TICKS;
    state.rough = true;
    uint64_t hpet_hz = hpet_start();
    if (hpet_hz)
        state.reference = (struct reference){hpet_hz, UINT32_MAX, hpet_read};
    else if (pit_start())
        state.reference = (struct reference){PIT_HZ, 0xffff, pit_read};
    else if (pm_timer_start())
        state.reference = (struct reference){PM_TIMER_HZ, 0xffffff, pm_timer_read};
    else if (lapic_start()) {
        state.reference = (struct reference){VIRTUAL_LAPIC_HZ, UINT32_MAX, lapic_read};
        state.min_ticks *= LAPIC_TICKS_FACTOR;
        state.rough = false;
    }
    if (state.reference.hz)
        state.start = read_both();
}

static uint64_t period(void)
{
    return (uint64_t)state.reference.mask + 1;
}

/* TSC ticks in which the reference cannot wrap, however slow the TSC is. */
static uint64_t ticks_without_wrap(void)
{
    return mul_div(period(), MIN_TSC_HZ, state.reference.hz);
}

/* Ticks of the reference since the start. It may have wrapped; then an earlier estimate of our own frequency says how
 * often. */
static uint64_t reference_ticks(const struct reading *end)
{
    uint64_t ticks = (end->count - state.start.count) & state.reference.mask;
    if (!state.hz)
        return ticks;
    uint64_t expected = mul_div(end->tsc - state.start.tsc, state.reference.hz, state.hz);
    while (ticks + period() / 2 < expected)
        ticks += period();
    return ticks;
}

static uint64_t measure(const struct reading *end)
{
    uint64_t ticks = reference_ticks(end);
    return ticks ? mul_div(end->tsc - state.start.tsc, state.reference.hz, ticks) : 0;
}

static uint64_t precision(const struct reading *end)
{
    return 2 * (end->tsc - state.start.tsc) / (state.start.took + end->took + 1);
}

/* A host with other things to do may hold us up anywhere, for longer than the reference takes to wrap: this goes on
 * until two readings are near enough to each other, and far enough apart for what they took. */
static void measure_first(void)
{
    enum { TRIES = 200 };
    for (int i = 0; i < TRIES; i++) {
        while (rdtsc() - state.start.tsc < state.min_ticks)
            __asm__ volatile("pause");
        struct reading end = read_both();
        bool wrapped = end.tsc - state.start.tsc > ticks_without_wrap();
        state.hz = 0;
        state.hz = measure(&end);
        state.precision = precision(&end);
        if (!wrapped && state.precision >= MIN_PRECISION)
            return;
        if (wrapped && state.reference.read == lapic_read)
            lapic_timer_start(); /* it does not wrap but stop */
        if (wrapped || state.start.took / 2 > end.took)
            state.start = read_both();
    }
}

uint64_t calibrate_finish(void)
{
    if (state.hz)
        return state.hz;
    if (state.reference.hz)
        measure_first();
    if (!state.hz) {
        log_warn("no clock of known frequency in this machine: time is a guess");
        state.hz = FALLBACK_HZ;
        state.rough = false;
    }
    return state.hz;
}

bool calibrate_is_rough(void)
{
    return state.rough;
}

uint64_t calibrate_refine(void)
{
    struct reading end = read_both();
    uint64_t elapsed = end.tsc - state.start.tsc, better = precision(&end);
    uint64_t doubt = mul_div(elapsed, state.reference.hz, state.hz) / MAX(state.precision, 1ul);
    if (elapsed > ticks_without_wrap() && doubt >= period() / 2) { /* nobody can tell how often it wrapped */
        state.start = end;
        return 0;
    }
    uint64_t hz = better > state.precision ? measure(&end) : 0;
    if (!hz)
        return 0;
    state.precision = better;
    return state.hz = hz;
}
