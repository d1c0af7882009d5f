/* The IDE controller: any register values at any time. */
#include "fuzz.h"
#include "../unit/kernel/ide.c"
FUZZ(hostile_round)
