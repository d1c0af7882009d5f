/* Between the files of time/. */
#pragma once
#include "time/time.h"
#include "time/vvar.h"

union vvar_page {
    struct vvar data;
    uint8_t bytes[4096];
};
extern union vvar_page vvar_page; /* mm/elf.c maps it for the app */

/* time/calibrate.c: the frequency of the time-stamp counter. */
void calibrate_start(void); /* asks the CPU; if it does not know, reads a counter of known frequency a first time */
uint64_t
calibrate_finish(void); /* Hz; a second reading where one is needed, at least a fraction of a millisecond later */
bool calibrate_is_rough(void);   /* measured over so short a time that measuring again is worth it */
uint64_t calibrate_refine(void); /* Hz, measured over all of the time since; 0: no better than before, try again */

/* time/pvclock.c: KVM's paravirtual clock. */
bool pvclock_find(void);
uint64_t pvclock_tsc_hz(void);
uint64_t pvclock_realtime(void); /* ns; 0: not offered */

/* time/rtc.c: the CMOS clock. */
uint64_t rtc_realtime(void); /* ns, UTC; 0: there is none */
