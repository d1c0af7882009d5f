/* SCSI targets that answer anything to what is asked when disks are looked for and used. */
#include "fuzz.h"
#include "../unit/kernel/scsi.c"
FUZZ(hostile_round)
