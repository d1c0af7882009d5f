/* A JavaScript heap of its own for each app, which goes as a whole when the app ends. */
#include <mimalloc.h>
#include "apps.h"

static void *allocate_cleared(void *heap, size_t count, size_t size)
{
    return mi_heap_calloc(heap, count, size);
}

static void *allocate(void *heap, size_t size)
{
    return mi_heap_malloc(heap, size);
}

static void release(void *heap, void *block)
{
    (void)heap;
    mi_free(block);
}

static void *resize(void *heap, void *block, size_t size)
{
    return mi_heap_realloc(heap, block, size);
}

static size_t usable_size(const void *block)
{
    return mi_usable_size(block);
}

JSRuntime *apps_make_runtime(void)
{
    static const JSMallocFunctions functions = {allocate_cleared, allocate, release, resize, usable_size};
    struct hosted *hosted = running->hosted;
    hosted->heap = mi_heap_new();
    return hosted->heap ? JS_NewRuntime2(&functions, hosted->heap) : NULL;
}

void heap_release(struct hosted *hosted)
{
    mi_heap_destroy(hosted->heap);
    mi_collect(true);
}
