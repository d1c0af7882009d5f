/* The sanitizer watches the C library's allocator, so the engine uses that one. */
#include <malloc.h>
#include <mimalloc.h>
#include <stdlib.h>

void *mi_malloc(size_t size)
{
    return malloc(size);
}

void *mi_calloc(size_t count, size_t size)
{
    return calloc(count, size);
}

void *mi_realloc(void *block, size_t size)
{
    return realloc(block, size);
}

void mi_free(void *block)
{
    free(block);
}

size_t mi_usable_size(const void *block)
{
    return malloc_usable_size((void *)block);
}

/* All heaps are one. */
mi_heap_t *mi_heap_new(void)
{
    return malloc(1);
}

void mi_heap_destroy(mi_heap_t *heap)
{
    free(heap);
}

void *mi_heap_malloc(mi_heap_t *heap, size_t size)
{
    (void)heap;
    return malloc(size);
}

void *mi_heap_calloc(mi_heap_t *heap, size_t count, size_t size)
{
    (void)heap;
    return calloc(count, size);
}

void *mi_heap_realloc(mi_heap_t *heap, void *block, size_t size)
{
    (void)heap;
    return realloc(block, size);
}

void mi_collect(bool force)
{
    (void)force;
}
