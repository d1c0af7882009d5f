/* The PVSCSI adapter: any completions, sense data and ring positions. */
#include "fuzz.h"
#include "../unit/kernel/pvscsi.c"
FUZZ(hostile_round)
