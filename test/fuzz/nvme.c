/* The NVMe controller: any identity, completions for anything, any status. */
#include "fuzz.h"
#include "../unit/kernel/nvme.c"
FUZZ(hostile_round)
