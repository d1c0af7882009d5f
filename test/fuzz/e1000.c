/* Intel gigabit cards: any descriptors written back, any interrupt causes and registers. */
#include "fuzz.h"
#include "../unit/kernel/e1000.c"
FUZZ(hostile_round)
