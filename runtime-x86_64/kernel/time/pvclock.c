/* KVM's paravirtual clock (Linux, Documentation/virt/kvm/x86/msr.rst): the host tells the counter's frequency and the
 * wall clock. */
#include "time/clock.h"
#include "cpu/cpu.h"
#include "mm/mm.h"

#define KVM_CPUID_FEATURES 0x40000001
#define KVM_FEATURE_CLOCKSOURCE2 8u
#define MSR_KVM_WALL_CLOCK_NEW 0x4b564d00
#define MSR_KVM_SYSTEM_TIME_NEW 0x4b564d01
#define SYSTEM_TIME_ENABLE 1

struct system_time {
    uint32_t version, pad0;
    uint64_t tsc_timestamp, system_time;
    uint32_t tsc_to_system_mul;
    int8_t tsc_shift;
    uint8_t flags, pad[2];
};
_Static_assert(sizeof(struct system_time) == 32, "pvclock_vcpu_time_info");

struct wall_clock {
    uint32_t version, sec, nsec;
};

/* The host writes here, so both share no cache line with anything else. */
static struct {
    struct system_time system;
    struct wall_clock wall;
} __attribute__((aligned(64))) shared;
static bool present;

bool pvclock_find(void)
{
    uint32_t r[4];
    if (!cpu.hypervisor || strcmp(cpu.hypervisor_id, "KVMKVMKVM"))
        return false;
    cpuid(KVM_CPUID_FEATURES, 0, r);
    present = r[0] & KVM_FEATURE_CLOCKSOURCE2;
    return present;
}

/* One reading, and the host forgets the address again: it fills the structure when we next run, which is at once. */
static struct system_time read_system_time(void)
{
    wrmsr(MSR_KVM_SYSTEM_TIME_NEW, image_to_phys(&shared.system) | SYSTEM_TIME_ENABLE);
    struct system_time t = *(volatile struct system_time *)&shared.system;
    wrmsr(MSR_KVM_SYSTEM_TIME_NEW, 0);
    return t;
}

uint64_t pvclock_tsc_hz(void)
{
    struct system_time t = read_system_time();
    if (!t.tsc_to_system_mul || t.tsc_shift < -31 || t.tsc_shift > 31)
        return 0;
    uint64_t hz = (1000000000ull << 32) / t.tsc_to_system_mul;
    return t.tsc_shift < 0 ? hz << -t.tsc_shift : hz >> t.tsc_shift;
}

/* Wall clock = when the host's system time was 0, plus that time now. */
uint64_t pvclock_realtime(void)
{
    if (!present)
        return 0;
    wrmsr(MSR_KVM_WALL_CLOCK_NEW, image_to_phys(&shared.wall));
    struct wall_clock w = *(volatile struct wall_clock *)&shared.wall;
    struct system_time t = read_system_time();
    uint64_t delta = rdtsc() - t.tsc_timestamp;
    delta = t.tsc_shift < 0 ? delta >> -t.tsc_shift : delta << t.tsc_shift;
    uint64_t ns = (uint64_t)(((unsigned __int128)delta * t.tsc_to_system_mul) >> 32) + t.system_time;
    return w.sec ? w.sec * 1000000000ull + w.nsec + ns : 0;
}
