/* The CMOS clock, MC146818 and its descendants. It is taken to run in UTC. */
#include "time/clock.h"
#include "cpu/cpu.h"

#define CMOS_INDEX 0x70
#define CMOS_DATA 0x71
#define NMI_DISABLE 0x80
enum {
    SECONDS = 0,
    MINUTES = 2,
    HOURS = 4,
    DAY = 7,
    MONTH = 8,
    YEAR = 9,
    STATUS_A = 0xa,
    STATUS_B = 0xb,
    CENTURY = 0x32
};
#define UPDATE_IN_PROGRESS 0x80
#define FORMAT_24H 2
#define FORMAT_BINARY 4
#define HOURS_PM 0x80
#define TRIES 3

static uint8_t cmos_read(uint8_t index)
{
    outb(CMOS_INDEX, index);
    return inb(CMOS_DATA);
}

static unsigned from_bcd(unsigned v)
{
    return (v >> 4) * 10 + (v & 15);
}

/* An update takes 2 ms and is announced 244 us before it starts, so a reading that begins when none is announced is
 * consistent. */
static bool wait_for_update(void)
{
    for (int i = 0; i < 100000; i++) {
        uint8_t a = cmos_read(STATUS_A);
        if (a == 0xff)
            return false;
        if (!(a & UPDATE_IN_PROGRESS))
            return true;
    }
    return false;
}

/* Days since 1970-01-01 in the Gregorian calendar; years count from March so that the leap day is the last. */
static uint64_t days_from_civil(unsigned y, unsigned m, unsigned d)
{
    y -= m <= 2;
    unsigned era_year = y % 400, day = (153 * (m > 2 ? m - 3 : m + 9) + 2) / 5 + d - 1;
    return (uint64_t)(y / 400) * 146097 + era_year * 365 + era_year / 4 - era_year / 100 + day - 719468;
}

uint64_t rtc_realtime(void)
{
    unsigned f[6];
    static const uint8_t index[6] = {SECONDS, MINUTES, HOURS, DAY, MONTH, YEAR};
    if (!wait_for_update())
        return 0;
    for (unsigned i = 0; i < 6; i++)
        f[i] = cmos_read(index[i]);
    uint8_t format = cmos_read(STATUS_B);
    unsigned pm = f[2] & HOURS_PM;
    f[2] &= ~(unsigned)HOURS_PM;
    for (unsigned i = 0; !(format & FORMAT_BINARY) && i < 6; i++)
        f[i] = from_bcd(f[i]);
    if (!(format & FORMAT_24H))
        f[2] = f[2] % 12 + (pm ? 12 : 0);
    if (f[0] > 59 || f[1] > 59 || f[2] > 23 || f[3] < 1 || f[3] > 31 || f[4] < 1 || f[4] > 12 || f[5] > 99)
        return 0;
    uint64_t days = days_from_civil(f[5] + (f[5] < 70 ? 2000 : 1900), f[4], f[3]);
    return (((days * 24 + f[2]) * 60 + f[1]) * 60 + f[0]) * 1000000000ull;
}
