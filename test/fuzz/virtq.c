/* Split virtqueues below a device that writes any byte of the ring at any time. */
#include "fuzz.h"
#include "../unit/kernel/virtq.c"
FUZZ(hostile_round)
