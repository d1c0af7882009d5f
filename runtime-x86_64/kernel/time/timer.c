/* One-shot timers: a pairing heap (Fredman, Sedgewick, Sleator, Tarjan 1986) of the callers' own structures. */
#include "time/time.h"
#include "thread/thread.h"

static struct timer *root;
/* What the hardware is set to. A later deadline is not programmed: an early interrupt costs less than a register write
 * for every timeout that is armed and cancelled again. */
static uint64_t alarm_deadline = NEVER;

static struct timer *meld(struct timer *a, struct timer *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->deadline < a->deadline) {
        struct timer *t = a;
        a = b;
        b = t;
    }
    b->next = a->child;
    b->prev = a;
    if (a->child)
        a->child->prev = b;
    a->child = b;
    a->next = a->prev = NULL;
    return a;
}

/* Melds a list of siblings: in pairs from the left, then the pairs from the right. */
static struct timer *meld_siblings(struct timer *first)
{
    struct timer *pairs = NULL;
    while (first) {
        struct timer *a = first, *b = a->next;
        first = b ? b->next : NULL;
        a->next = a->prev = NULL;
        if (b)
            b->next = b->prev = NULL;
        struct timer *pair = meld(a, b);
        pair->next = pairs;
        pairs = pair;
    }
    struct timer *all = NULL;
    while (pairs) {
        struct timer *pair = pairs;
        pairs = pair->next;
        pair->next = NULL;
        all = meld(all, pair);
    }
    return all;
}

static void unlink(struct timer *t)
{
    if (t->prev) {
        if (t->prev->child == t)
            t->prev->child = t->next;
        else
            t->prev->next = t->next;
        if (t->next)
            t->next->prev = t->prev;
    }
    struct timer *children = meld_siblings(t->child);
    t->child = NULL;
    root = t == root ? children : meld(root, children);
    t->next = t->prev = NULL;
    t->armed = false;
}

static void program_alarm(void)
{
    if (!root || root->deadline >= alarm_deadline)
        return;
    alarm_deadline = root->deadline;
    alarm_set(alarm_deadline);
}

void timer_cancel(struct timer *t)
{
    if (t->armed)
        unlink(t);
}

void timer_arm(struct timer *t, uint64_t deadline)
{
    timer_cancel(t);
    t->deadline = deadline;
    t->armed = true;
    root = meld(root, t);
    program_alarm();
}

uint64_t timer_next(void)
{
    return root ? root->deadline : NEVER;
}

void timer_run_due(void)
{
    if (!root)
        return;
    uint64_t now = clock_monotonic();
    while (root && root->deadline <= now) {
        struct timer *t = root;
        unlink(t);
        t->fn(t);
    }
    program_alarm();
}

void timer_interrupt(void)
{
    alarm_deadline = NEVER;
    timer_run_due();
}
