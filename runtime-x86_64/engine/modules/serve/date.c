#include <stdio.h>
#include <string.h>
#include <time.h>
#include "serve.h"

static char text[30];
static uint64_t next_second; /* ms of the loop's clock */

static void put_two(char *at, int value)
{
    at[0] = '0' + value / 10;
    at[1] = '0' + value % 10;
}

static void format(const struct tm *tm)
{
    static const char days[] = "SunMonTueWedThuFriSat", months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    int year = tm->tm_year + 1900;
    memcpy(text, "Day, 00 Mon 0000 00:00:00 GMT", sizeof text);
    memcpy(text, days + 3 * tm->tm_wday, 3);
    put_two(text + 5, tm->tm_mday);
    memcpy(text + 8, months + 3 * tm->tm_mon, 3);
    put_two(text + 12, year / 100);
    put_two(text + 14, year % 100);
    put_two(text + 17, tm->tm_hour);
    put_two(text + 20, tm->tm_min);
    put_two(text + 23, tm->tm_sec);
}

const char *date_now(uv_loop_t *loop)
{
    struct timespec now;
    struct tm tm;
    if (likely(uv_now(loop) < next_second))
        return text;
    clock_gettime(CLOCK_REALTIME, &now);
    if (gmtime_r(&now.tv_sec, &tm))
        format(&tm);
    next_second = uv_now(loop) + 1000 - now.tv_nsec / 1000000;
    return text;
}
