/* mm/area.c against a plain sorted array: finding, removing, gaps, balance; and 10,000 areas stay fast. */
#include <stdio.h>
#include <stdlib.h>
#include "mm/area.c"

#define CHECK(cond) ((cond) ? (void)0 : (fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #cond), exit(1)))
#define PAGES 256

static struct area_node *root, *owner[PAGES];

static unsigned check_tree(struct area_node *n)
{
    if (!n)
        return 0;
    unsigned l = check_tree(n->left), r = check_tree(n->right);
    CHECK(n->height == 1 + MAX(l, r) && l <= r + 1 && r <= l + 1);
    return n->height;
}

static struct area_node *plain_find(uaddr_t addr)
{
    for (uaddr_t page = addr / PAGE_SIZE; page < PAGES; page++)
        if (owner[page])
            return owner[page];
    return NULL;
}

static uaddr_t plain_gap(uaddr_t low, uaddr_t high, unsigned pages, uint64_t align)
{
    for (uaddr_t at = high - pages * PAGE_SIZE; high >= pages * PAGE_SIZE && at >= low; at -= PAGE_SIZE) {
        unsigned i = 0;
        while (i < pages && !owner[at / PAGE_SIZE + i])
            i++;
        if (i == pages && at % align == 0)
            return at;
        if (!at)
            break;
    }
    return 0;
}

static void add(uaddr_t page, uaddr_t end)
{
    for (uaddr_t i = page; i < end; i++)
        if (owner[i])
            return;
    struct area_node *n = calloc(1, sizeof *n);
    n->area.start = page * PAGE_SIZE;
    n->area.end = end * PAGE_SIZE;
    area_insert(&root, n);
    for (uaddr_t i = page; i < end; i++)
        owner[i] = n;
}

static void drop(uaddr_t page)
{
    struct area_node *n = owner[page];
    if (!n)
        return;
    area_remove(&root, n);
    for (uaddr_t i = 0; i < PAGES; i++)
        if (owner[i] == n)
            owner[i] = NULL;
    free(n);
}

static void compare(void)
{
    check_tree(root);
    for (unsigned i = 0; i < 20; i++) {
        uaddr_t addr = (uaddr_t)rand() % (PAGES * PAGE_SIZE);
        CHECK(area_find(root, addr) == plain_find(addr));
        unsigned low = 1 + (unsigned)rand() % PAGES, high = (unsigned)rand() % PAGES, pages = 1 + (unsigned)rand() % 9;
        uint64_t align = PAGE_SIZE << rand() % 3;
        CHECK(area_find_gap(root, low * PAGE_SIZE, high * PAGE_SIZE, pages * PAGE_SIZE, align) ==
              plain_gap(low * PAGE_SIZE, high * PAGE_SIZE, pages, align));
        struct area_node *below = area_find_below(root, addr), *next = below ? area_find(root, below->area.end) : root;
        CHECK(!below || below->area.start < addr);
        CHECK(!below || !next || next->area.start >= addr);
    }
}

static void agrees_with_an_array(void)
{
    srand(3);
    for (unsigned round = 0; round < 4000; round++) {
        uaddr_t page = 1 + (uaddr_t)rand() % (PAGES - 10);
        if (rand() % 3)
            add(page, page + 1 + (uaddr_t)rand() % 5);
        else
            drop(page);
        compare();
    }
}

static void ten_thousand_areas_stay_shallow(void)
{
    static struct area_node nodes[10000];
    root = NULL;
    for (unsigned i = 0; i < ARRAY_LEN(nodes); i++) {
        nodes[i].area.start = (1 + 2ul * i) * PAGE_SIZE;
        nodes[i].area.end = nodes[i].area.start + PAGE_SIZE;
        area_insert(&root, &nodes[i]);
    }
    CHECK(check_tree(root) <= 18);
    /* The only gap of two pages is below all areas but one; finding it may not visit them all. */
    area_remove(&root, &nodes[1]);
    for (unsigned i = 0; i < 100000; i++)
        CHECK(area_find_gap(root, PAGE_SIZE, 20001 * PAGE_SIZE, 2 * PAGE_SIZE, PAGE_SIZE) == 3 * PAGE_SIZE);
}

int main(void)
{
    agrees_with_an_array();
    ten_thousand_areas_stay_shallow();
    return 0;
}
