/* The vmxnet3 card: any completions, generations, events and descriptors. */
#include "fuzz.h"
#include "../unit/kernel/vmxnet3.c"
FUZZ(hostile_round)
