/* The JavaScript heap, by mimalloc's own names: a call less than through malloc. */
#include <mimalloc.h>
#include "engine.h"

static void *allocate_cleared(void *opaque, size_t count, size_t size)
{
    (void)opaque;
    return mi_calloc(count, size);
}

static void *allocate(void *opaque, size_t size)
{
    (void)opaque;
    return mi_malloc(size);
}

static void release(void *opaque, void *block)
{
    (void)opaque;
    mi_free(block);
}

static void *resize(void *opaque, void *block, size_t size)
{
    (void)opaque;
    return mi_realloc(block, size);
}

static size_t usable_size(const void *block)
{
    return mi_usable_size(block);
}

const JSMallocFunctions allocate_functions = {allocate_cleared, allocate, release, resize, usable_size};
