/* The virtio network card: any features, frames, headers, used ids, lengths and ring bytes. */
#include "fuzz.h"
#include "../unit/kernel/virtio-net.c"
FUZZ(hostile_round)
