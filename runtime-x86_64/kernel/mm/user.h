/* What mm/iter.c needs of mm/user.c. Everyone else uses mm/mm.h. */
#pragma once
#include "mm/mm.h"

bool user_range_ok(uaddr_t addr, size_t n);
/* One side is the app's and was checked by user_range_ok. Bytes that could not be copied. */
size_t user_copy(void *dst, const void *src, size_t n);
size_t user_clear(void *dst, size_t n);
