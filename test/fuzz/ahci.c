/* The AHCI controller: any register values at any time. */
#include "fuzz.h"
#include "../unit/kernel/ahci.c"
FUZZ(hostile_round)
