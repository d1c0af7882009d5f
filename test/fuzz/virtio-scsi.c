/* The virtio SCSI adapter: any responses, sense data, used ids and lengths. */
#include "fuzz.h"
#include "../unit/kernel/virtio-scsi.c"
FUZZ(hostile_round)
