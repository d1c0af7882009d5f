/* What every kernel file may use: types, lists, logging, panic. Each area's own header stands in its folder:
 * boot/boot.h  cpu/cpu.h  mm/mm.h  thread/thread.h  time/time.h  irq/irq.h  bus/bus.h  drivers/driver.h  fs/file.h
 * net/net.h  nic/nic.h  sys/sys.h
 *
 * Concurrency, once for the whole kernel: one CPU, and kernel code runs with interrupts off. Interrupts are taken only
 * in ring 3 and in the idle loop. So whatever does not call a function marked "may sleep" is atomic, an interrupt
 * handler may do its work on the spot, and no locks exist. (When more CPUs come, one kernel lock takes the place of the
 * interrupt flag.)
 *
 * Errors: a function returns 0 or a value, or a negative errno; one that cannot fail says so or returns void. A bad
 * argument of the app is an errno. `panic` is for a broken invariant of ours, or a machine that cannot run us. */
#pragma once
/* All of the kernel is one image: what a header declares is reached directly, not by way of a global offset table.
 * -fvisibility says so for definitions only. */
#if !__STDC_HOSTED__ /* tests on the host have a C library */
#pragma GCC visibility push(hidden)
#endif
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdarg.h>
#include "abi/errno.h"

typedef uint64_t paddr_t; /* physical address */
typedef uint64_t uaddr_t; /* address in the app's half */
typedef long ssize_t;
typedef int64_t loff_t;

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define MIN(a, b) ((a) < (b) ? (a) : (b))
#define MAX(a, b) ((a) > (b) ? (a) : (b))
#define ALIGN_UP(x, a) (((x) + (a)-1) & ~((typeof(x))(a)-1))
#define ALIGN_DOWN(x, a) ((x) & ~((typeof(x))(a)-1))
#define container_of(ptr, type, member) ((type *)((char *)(ptr)-offsetof(type, member)))
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define READ_ONCE(x) (*(const volatile typeof(x) *)&(x))
#define WRITE_ONCE(x, v) (*(volatile typeof(x) *)&(x) = (v))

/* lib/list.h: circular doubly linked list; a head is a node that points at itself. */
struct list {
    struct list *next, *prev;
};
#define LIST_INIT(name)                                                                                                \
    {                                                                                                                  \
        &(name), &(name)                                                                                               \
    }
static inline void list_init(struct list *l)
{
    l->next = l->prev = l;
}
static inline bool list_empty(const struct list *l)
{
    return l->next == l;
}
static inline void list_add_tail(struct list *head, struct list *n)
{
    n->next = head;
    n->prev = head->prev;
    head->prev->next = n;
    head->prev = n;
}
static inline void list_add(struct list *head, struct list *n)
{
    list_add_tail(head->next, n);
}
/* Safe to call twice: a removed node points at itself. */
static inline void list_del(struct list *n)
{
    n->prev->next = n->next;
    n->next->prev = n->prev;
    list_init(n);
}
#define list_entry(ptr, type, member) container_of(ptr, type, member)
#define list_for_each(pos, head) for (struct list *pos = (head)->next; pos != (head); pos = pos->next)
#define list_for_each_safe(pos, tmp, head)                                                                             \
    for (struct list *pos = (head)->next, *tmp = pos->next; pos != (head); pos = tmp, tmp = pos->next)

/* lib/string.c: memcpy memmove memset memcmp memchr strlen strcmp strncmp strchr strrchr, as ISO C has them. */
void *memcpy(void *restrict dst, const void *restrict src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);

/* lib/format.c: %d %u %x %X %lx %llu %zu %p %s %c %% with width, zero fill and '-'; always NUL-terminates; returns the
 * full length. */
int format_va(char *buf, size_t size, const char *fmt, va_list ap);
int format(char *buf, size_t size, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* log.c: one line to the console, "unik: " before it. Quiet by default: each byte is a device access.
 * warn is always shown; info only with `verbose` on the command line. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* A control record for the host: ESC ] unik;TEXT BEL. Terminals swallow it; `unik boot` reads it.
 * exit=STATUS (last record of a run)  panic=SLIDE,RIP,RET,…  (hex, before the panic's exit=134)  listen=PORT (a TCP
 * socket began to listen)  */
void log_record(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* panic.c: says what was looked for, registers, backtrace; then exit status 134. Uses no allocation and no locks. */
_Noreturn void panic(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
#define ASSERT(cond) ((cond) ? (void)0 : panic("assertion failed: %s (%s:%d)", #cond, __FILE_NAME__, __LINE__))

/* power.c: writes the exit record, flushes the console, and turns the machine off by the first way that it has
 * (power-off functions registered by drivers, in order of priority; at last a triple fault). */
_Noreturn void power_off(int status);
void power_register(int priority, void (*off)(int status)); /* the smallest number is tried first */

/* console.c: where output goes. Drivers register; the first registered wins unless console= names one. */
struct console {
    const char *name;
    void (*write)(const char *s, size_t n);
    int (*read)(void);   /* next byte, or -EAGAIN */
    void (*drain)(void); /* until all of it has left the machine; NULL: it has when write returns */
    bool is_screen;      /* shows what goes to another console, too */
};
void console_register(const struct console *c);
void console_write(const char *s, size_t n);
void console_drain(void); /* before the machine goes off: what no console has taken yet goes to COM1 */
/* A console driver calls this for each byte that arrived; it ends up in /dev/tty's input queue. */
void console_input(char c);
