/* The app's x87, SSE and AVX registers. XSAVE's standard format, because signal frames show it to the app (Intel SDM
 * vol. 1, 13.4); FXSAVE on CPUs without XSAVE. Enabled: x87, SSE, AVX, AVX-512 where they exist; nothing that Linux
 * makes a program ask for. */
#include "cpu/cpu.h"
#include "thread/signal.h"

#define CR4_OSXSAVE (1ul << 18)
#define XCR0_X87_SSE 3ul
#define XCR0_AVX 4ul
#define XCR0_AVX512 0xe0ul
#define LEGACY_SIZE 512
#define HEADER_SIZE 64
#define FCW_INIT 0x37f
#define MXCSR_INIT 0x1f80

struct fxsave {
    uint16_t fcw, fsw;
    uint8_t ftw, reserved0;
    uint16_t fop;
    uint64_t fip, fdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t st[128], xmm[256], reserved1[96];
};
_Static_assert(sizeof(struct fxsave) == LEGACY_SIZE, "FXSAVE area");

struct xsave {
    struct fxsave legacy;
    uint64_t xstate_bv, xcomp_bv, reserved[6];
};
_Static_assert(sizeof(struct xsave) == LEGACY_SIZE + HEADER_SIZE, "XSAVE area");

static uint64_t xcr0;
static size_t area_size = LEGACY_SIZE;
static uint32_t mxcsr_mask;

static uint64_t choose_features(void)
{
    uint32_t r[4];
    cpuid(0xd, 0, r);
    uint64_t offered = (uint64_t)r[3] << 32 | r[0];
    uint64_t wanted = XCR0_X87_SSE | (offered & XCR0_AVX);
    if ((wanted & XCR0_AVX) && (offered & XCR0_AVX512) == XCR0_AVX512)
        wanted |= XCR0_AVX512;
    return wanted;
}

static uint32_t read_mxcsr_mask(void)
{
    static struct fxsave area __attribute__((aligned(16)));
    __asm__ volatile("fxsave64 %0" : "=m"(area));
    return area.mxcsr_mask ? area.mxcsr_mask : 0xffbf; /* Intel SDM vol. 1, 11.6.6 */
}

void fpu_init(void)
{
    mxcsr_mask = read_mxcsr_mask();
    if (!cpu.xsave)
        return;
    uint64_t cr4;
    __asm__ volatile("mov %%cr4, %0" : "=r"(cr4));
    __asm__ volatile("mov %0, %%cr4" ::"r"(cr4 | CR4_OSXSAVE));
    xcr0 = choose_features();
    __asm__ volatile("xsetbv" ::"c"(0), "a"((uint32_t)xcr0), "d"((uint32_t)(xcr0 >> 32)));
    uint32_t r[4];
    cpuid(0xd, 0, r);
    area_size = r[1];
}

size_t fpu_area_size(void)
{
    return area_size;
}

uint64_t fpu_features(void)
{
    return xcr0;
}

void fpu_init_area(void *area)
{
    struct xsave *x = area;
    memset(area, 0, area_size);
    x->legacy.fcw = FCW_INIT;
    x->legacy.mxcsr = MXCSR_INIT;
    x->legacy.mxcsr_mask = mxcsr_mask;
}

/* With no feature in XSTATE_BV, XRSTOR looks at nothing of the area but MXCSR (Intel SDM vol. 1, 13.8.1). */
void fpu_reset(void *area)
{
    struct xsave *x = area;
    if (xcr0) {
        x->legacy.mxcsr = MXCSR_INIT;
        memset(&x->xstate_bv, 0, HEADER_SIZE);
    } else {
        fpu_init_area(area);
    }
    fpu_restore(area);
}

void fpu_save(void *area)
{
    if (xcr0)
        __asm__ volatile("xsave64 (%0)" ::"r"(area), "a"((uint32_t)xcr0), "d"((uint32_t)(xcr0 >> 32)) : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" ::"r"(area) : "memory");
}

void fpu_restore(const void *area)
{
    if (xcr0)
        __asm__ volatile("xrstor64 (%0)" ::"r"(area), "a"((uint32_t)xcr0), "d"((uint32_t)(xcr0 >> 32)) : "memory");
    else
        __asm__ volatile("fxrstor64 (%0)" ::"r"(area) : "memory");
}

/* What XRSTOR would fault on is cleared: unknown features, reserved header bytes, reserved MXCSR bits (Intel SDM vol.
 * 1, 13.8.1). */
void fpu_sanitize(void *area, bool extended)
{
    struct xsave *x = area;
    x->legacy.mxcsr &= mxcsr_mask;
    if (!xcr0)
        return;
    x->xstate_bv = extended ? x->xstate_bv & xcr0 : XCR0_X87_SSE;
    x->xcomp_bv = 0;
    memset(x->reserved, 0, sizeof x->reserved);
}

int fpu_fault_code(bool simd)
{
    uint32_t raised, mxcsr;
    uint16_t fsw, fcw;
    if (simd) {
        __asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
        raised = mxcsr & ~(mxcsr >> 7);
    } else {
        __asm__ volatile("fnstsw %0; fnstcw %1" : "=m"(fsw), "=m"(fcw));
        raised = fsw & ~(uint32_t)fcw;
    }
    if (raised & 1)
        return FPE_FLTINV;
    if (raised & 4)
        return FPE_FLTDIV;
    if (raised & 8)
        return FPE_FLTOVF;
    if (raised & 0x12)
        return FPE_FLTUND;
    return raised & 0x20 ? FPE_FLTRES : FPE_FLTINV;
}
