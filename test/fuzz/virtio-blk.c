/* The virtio disk: any features, configuration, used ids, lengths, status and ring bytes. */
#include "fuzz.h"
#include "../unit/kernel/virtio-blk.c"
FUZZ(hostile_round)
