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
