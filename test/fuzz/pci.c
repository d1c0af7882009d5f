/* PCI enumeration: any configuration space. */
#include "fuzz.h"
#include "../unit/kernel/pci.c"
FUZZ(hostile_round)
