/* For host tests of the file code: what it needs of the kernel. Physical memory is the host's own addresses; every
 * frame has a count of references, and any allocation can be made to fail. Include it first, then the kernel's .c files
 * under test. */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include "fs/inotify.h"
#include "fs/vfs.h"
#include "sys/limits.h"
#include "thread/thread.h"
#include "mm/iter.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))

uint64_t direct_map_base;
static unsigned warnings;

#include "random-host.h"
static inline unsigned below(unsigned n)
{
    return (unsigned)(random_u64() % n);
}

void log_warn(const char *fmt, ...)
{
    warnings++;
}
_Noreturn void panic(const char *fmt, ...)
{
    fprintf(stderr, "panic: %s\n", fmt);
    abort();
}
int format(char *buf, size_t size, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    int n = vsnprintf(buf, size, fmt, ap);
    va_end(ap);
    return n;
}
uint64_t entropy_u64(void)
{
    return 42;
}
static uint64_t now = 1000;
uint64_t clock_realtime(void)
{
    return now++;
}
uint64_t clock_monotonic(void)
{
    return now++;
}

/* Nobody limits the size of files. */
uint64_t process_soft_limit(int resource)
{
    return UINT64_MAX;
}
struct thread *thread_current(void)
{
    panic("no thread");
}

/* Nobody watches. */
unsigned inotify_watches;
void inotify_tell(struct inode *to, uint32_t mask, uint32_t cookie, const char *name, size_t len)
{
    panic("nobody watches");
}
void inotify_tell_both(struct inode *i, uint32_t mask)
{
    panic("nobody watches");
}
void inotify_inode_gone(struct inode *i)
{
}
uint32_t inotify_cookie(void)
{
    return 1;
}

/* --- memory */

static unsigned fail_one_in; /* 0: never */
static bool fails(void)
{
    return fail_one_in && below(fail_one_in) == 0;
}
void *kmalloc(size_t n)
{
    return fails() ? NULL : malloc(n);
}
void *kzalloc(size_t n)
{
    return fails() ? NULL : calloc(1, n);
}
void *krealloc(void *p, size_t n)
{
    return fails() ? NULL : realloc(p, n);
}
void kfree(void *p)
{
    free(p);
}

struct host_frame {
    struct host_frame *next;
    void *page;
    unsigned refs;
};
static struct host_frame *frames;
static size_t frame_count;
static struct host_frame **find_frame(const void *page)
{
    struct host_frame **at = &frames;
    while (*at && (*at)->page != page)
        at = &(*at)->next;
    return at;
}
void *page_alloc(unsigned order)
{
    CHECK(order == 0);
    if (fails())
        return NULL;
    struct host_frame *f = malloc(sizeof *f);
    *f = (struct host_frame){frames, memset(aligned_alloc(PAGE_SIZE, PAGE_SIZE), 0xaa, PAGE_SIZE), 1};
    frames = f;
    frame_count++;
    return f->page;
}
void *page_alloc_app(unsigned order)
{
    return page_alloc(order);
}
void page_get(paddr_t p)
{
    struct host_frame *f = *find_frame((void *)p);
    CHECK(f);
    f->refs++;
}
void page_put(paddr_t p)
{
    struct host_frame **at = find_frame((void *)p), *f = *at;
    if (!f)
        return; /* the image's own */
    if (--f->refs)
        return;
    *at = f->next;
    free(f->page);
    free(f);
    frame_count--;
}
void page_free(void *page, unsigned order)
{
    CHECK((*find_frame(page))->refs == 1);
    page_put((paddr_t)page);
}
size_t page_total(void)
{
    return 100000;
}
size_t page_free_count(void)
{
    return 100000;
}
paddr_t image_to_phys(const void *v)
{
    return (paddr_t)v;
}
static unsigned forgotten;
void space_forget(struct file *file, uint64_t offset, uint64_t len)
{
    forgotten++;
}
void space_refresh(struct file *file, uint64_t offset, uint64_t len)
{
    forgotten++;
}
bool user_range_ok(uaddr_t addr, size_t n)
{
    return true;
}
size_t user_copy(void *dst, const void *src, size_t n)
{
    memcpy(dst, src, n);
    return 0;
}
size_t user_clear(void *dst, size_t n)
{
    memset(dst, 0, n);
    return 0;
}
int user_read(void *dst, uaddr_t src, size_t n)
{
    memcpy(dst, (void *)src, n);
    return 0;
}
int user_write(uaddr_t dst, const void *src, size_t n)
{
    memcpy((void *)dst, src, n);
    return 0;
}

/* --- waiting: whoever would sleep in a test has found a bug */

void waitq_init(struct waitq *q)
{
    list_init(&q->waiters);
}
void waitq_add(struct waitq *q, struct waiter *w)
{
    list_add_tail(&q->waiters, &w->link);
}
void waitq_remove(struct waiter *w)
{
    list_del(&w->link);
}
void waitq_wake(struct waitq *q, uint32_t events, unsigned max_exclusive)
{
    list_for_each_safe (pos, next, &q->waiters) {
        struct waiter *w = list_entry(pos, struct waiter, link);
        bool exclusive = w->exclusive;
        if (w->wake(w, events) && exclusive && --max_exclusive == 0)
            return;
    }
}
int waitq_sleep(struct waitq *q, uint64_t deadline)
{
    panic("a test would sleep");
}
static unsigned signals;
void signal_send_thread(int signal)
{
    signals++;
}
void signal_send_process(int signal)
{
    signals++;
}
