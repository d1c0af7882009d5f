/* GPT and MBR tables damaged anywhere, with good checksums or not. */
#include "fuzz.h"
#include "../unit/kernel/block-partition.c"
FUZZ(hostile_round)
