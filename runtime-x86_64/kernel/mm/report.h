/* mm/report.c */
#pragma once
#include "mm/mm.h"

#define STATUS_OUT_OF_MEMORY 123 /* the exit status of a run that ends for lack of memory */

extern size_t heap_pages, leaf_tables; /* mm/heap.c: in use by it; mm/leaf.c: page tables of the app's half */
void memory_report(void);              /* two lines on the console: what is free, and who has the most */
