/* "kernel run REPEATS SHARE WORD" does every measurement whose name holds WORD (all of them without one) so many times,
 * with a SHARE-th of its count, and prints the ticks. "kernel serve ADDRESS PORT COUNT MODULE..." answers one request
 * on each of COUNT connections that are open at once, "kernel connect ADDRESS PORT COUNT" is the far end of that. */
#include "bench.h"
#include <sys/resource.h>
#include <sys/stat.h>

extern const struct measure __start_measures[], __stop_measures[];
uint64_t began, took;

static void run(const struct measure *m, unsigned repeats, unsigned share)
{
    unsigned count = m->count > share ? m->count / share : 1;
    printf("measure %s", m->name);
    for (unsigned i = 0; i < repeats; i++) {
        m->run(count);
        printf("\t%.1f", (double)took / count);
    }
    printf("\n");
    fflush(stdout);
}

/* The host takes the time when these lines arrive, and so knows how long a tick is. */
static void stamp(const char *word)
{
    printf("%s %llu\n", word, (unsigned long long)__rdtsc());
    fflush(stdout);
}

static void run_all(unsigned repeats, unsigned share, const char *word)
{
    stamp("begin");
    for (const struct measure *m = __start_measures; m < __stop_measures; m++)
        if (!word || strstr(m->name, word))
            run(m, repeats, share);
    stamp("end");
}

/* As process 1 of a Linux guest it may ask for more than the hard limit. */
static void allow_files(rlim_t count)
{
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_max = limit.rlim_max < count ? count : limit.rlim_max;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit))
        printf("only so many files: %llu\n", (unsigned long long)limit.rlim_cur);
}

int main(int argc, char **argv)
{
    int is_run = argc >= 4 && !strcmp(argv[1], "run");
    if (!is_run && argc < 5)
        return 2;
    int is_linux = linux_init(argv + (is_run ? argc : 5));
    allow_files(20480);
    if (is_run) {
        if (is_linux) {
            mkdir("/tmp", 0777);
            CHECK(!mount("tmp", "/tmp", "tmpfs", 0, NULL));
            linux_set_address("lo", "127.0.0.1");
        }
        run_all((unsigned)atoi(argv[2]), (unsigned)atoi(argv[3]), argv[4]);
    } else if (!strcmp(argv[1], "serve")) {
        if (is_linux)
            linux_set_address("eth0", argv[2]);
        serve_connections(atoi(argv[3]), (unsigned)atoi(argv[4]));
    } else {
        open_connections(argv[2], atoi(argv[3]), (unsigned)atoi(argv[4]));
    }
    printf("all of it is right\n");
    finish(0);
}
