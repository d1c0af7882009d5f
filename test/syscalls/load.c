/* Load averages: whoever keeps the processor busy for five seconds shows up, and sysinfo(2) and /proc/loadavg say the
 * same. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/sysinfo.h>
#include <time.h>

#define CHECK(what)                                                                                                    \
    do {                                                                                                               \
        if (!(what)) {                                                                                                 \
            printf("line %d: %s\n", __LINE__, #what);                                                                  \
            exit(__COUNTER__ + 1);                                                                                     \
        }                                                                                                              \
    } while (0)

static double last;

/* The first average: in /proc/loadavg between two looks at sysinfo. */
static double load(void)
{
    struct sysinfo before, after;
    double text;
    int running, threads;
    CHECK(!sysinfo(&before));
    FILE *f = fopen("/proc/loadavg", "r");
    CHECK(f && fscanf(f, "%lf %*f %*f %d/%d", &text, &running, &threads) == 3);
    fclose(f);
    CHECK(!sysinfo(&after) && running >= 1 && threads >= 1);
    if (before.loads[0] == after.loads[0])
        CHECK(text - before.loads[0] / 65536.0 < 0.011 && before.loads[0] / 65536.0 - text < 0.011);
    return text;
}

int main(void)
{
    time_t end = time(NULL) + 12;
    while ((last = load()) == 0 && time(NULL) < end)
        for (volatile int n = 0; n < 10000000; n++)
            ;
    CHECK(last >= 0.05);
    puts("OK");
    return 0;
}
