#include "mm/area.h"

static unsigned height(const struct area_node *n)
{
    return n ? n->height : 0;
}

/* Makes the facts about n's subtree from those about its children. */
static void refresh(struct area_node *n)
{
    const struct area_node *l = n->left, *r = n->right;
    n->height = 1 + MAX(height(l), height(r));
    n->first = l ? l->first : n->area.start;
    n->last = r ? r->last : n->area.end;
    n->max_gap = MAX(l ? l->max_gap : 0, r ? r->max_gap : 0);
    if (l)
        n->max_gap = MAX(n->max_gap, n->area.start - l->last);
    if (r)
        n->max_gap = MAX(n->max_gap, r->first - n->area.end);
}

static struct area_node *rotate_right(struct area_node *n)
{
    struct area_node *l = n->left;
    n->left = l->right;
    l->right = n;
    refresh(n);
    refresh(l);
    return l;
}

static struct area_node *rotate_left(struct area_node *n)
{
    struct area_node *r = n->right;
    n->right = r->left;
    r->left = n;
    refresh(n);
    refresh(r);
    return r;
}

/* AVL: the subtrees of a node differ in height by at most one. */
static struct area_node *balance(struct area_node *n)
{
    refresh(n);
    if (height(n->left) > height(n->right) + 1) {
        if (height(n->left->left) < height(n->left->right))
            n->left = rotate_left(n->left);
        return rotate_right(n);
    }
    if (height(n->right) > height(n->left) + 1) {
        if (height(n->right->right) < height(n->right->left))
            n->right = rotate_right(n->right);
        return rotate_left(n);
    }
    return n;
}

/* Recursion is as deep as the tree is high: 24 for the 65,530 areas that mm/space.c allows. */
static struct area_node *insert(struct area_node *n, struct area_node *node)
{
    if (!n) {
        node->left = node->right = NULL;
        refresh(node);
        return node;
    }
    if (node->area.start < n->area.start)
        n->left = insert(n->left, node);
    else
        n->right = insert(n->right, node);
    return balance(n);
}

void area_insert(struct area_node **root, struct area_node *node)
{
    *root = insert(*root, node);
}

static struct area_node *remove_first(struct area_node *n, struct area_node **first)
{
    if (!n->left) {
        *first = n;
        return n->right;
    }
    n->left = remove_first(n->left, first);
    return balance(n);
}

static struct area_node *take_out(struct area_node *n, const struct area_node *node)
{
    if (n == node) {
        if (!n->right)
            return n->left;
        struct area_node *successor, *right = remove_first(n->right, &successor);
        successor->left = n->left;
        successor->right = right;
        return balance(successor);
    }
    if (node->area.start < n->area.start)
        n->left = take_out(n->left, node);
    else
        n->right = take_out(n->right, node);
    return balance(n);
}

void area_remove(struct area_node **root, struct area_node *node)
{
    *root = take_out(*root, node);
}

struct area_node *area_find(struct area_node *n, uaddr_t addr)
{
    struct area_node *found = NULL;
    while (n) {
        if (n->area.end > addr) {
            found = n;
            n = n->left;
        } else {
            n = n->right;
        }
    }
    return found;
}

struct area_node *area_find_below(struct area_node *n, uaddr_t addr)
{
    struct area_node *found = NULL;
    while (n) {
        if (n->area.start < addr) {
            found = n;
            n = n->right;
        } else {
            n = n->left;
        }
    }
    return found;
}

/* The highest fitting address of the free range [low, high). */
static uaddr_t fit(uaddr_t low, uaddr_t high, uint64_t size, uint64_t align)
{
    if (high < low || high - low < size)
        return 0;
    uaddr_t at = ALIGN_DOWN(high - size, align);
    return at >= low ? at : 0;
}

/* low and high: what the areas outside of n's subtree, and the caller, leave free. */
static uaddr_t find_gap(const struct area_node *n, uaddr_t low, uaddr_t high, uint64_t size, uint64_t align)
{
    if (!n)
        return fit(low, high, size, align);
    bool inside = n->max_gap >= size;
    bool above = high > n->last && high - MAX(low, n->last) >= size;
    bool below = n->first > low && MIN(high, n->first) - low >= size;
    if (high <= low || (!inside && !above && !below))
        return 0;
    uaddr_t at = find_gap(n->right, MAX(low, n->area.end), high, size, align);
    return at ? at : find_gap(n->left, low, MIN(high, n->area.start), size, align);
}

uaddr_t area_find_gap(struct area_node *root, uaddr_t low, uaddr_t high, uint64_t size, uint64_t align)
{
    return find_gap(root, low, high, size, align);
}
