/* Between the files of irq/: the controllers below irq.c. */
#pragma once
#include "irq/layout.h"

#define VECTOR_PIC 0x20 /* 16 vectors of the 8259 */
#define VECTOR_FIRST 0x30
#define VECTOR_LAST 0xef
#define VECTOR_ALARM 0xfe
#define VECTOR_SPURIOUS 0xff

/* irq/lapic.c. False: this CPU has none. */
bool lapic_init(paddr_t base, bool pass_8259);
uint8_t lapic_id(void);
void lapic_eoi(void);
void lapic_timer_start(void);
uint32_t lapic_timer_left(void);
void lapic_timer_set(uint32_t count);
void lapic_timer_use_deadline(void);

/* irq/ioapic.c. ioapic_init keeps those of the layout that answer when `verify` is set; returns how many there are. */
unsigned ioapic_init(const struct irq_layout *layout, bool verify);
int ioapic_route(const struct irq_line *line, uint8_t vector);
void ioapic_mask_vector(uint8_t vector); /* an interrupt that nobody asked for: mask whichever input sends it */

/* irq/pic.c */
void pic_init(void);
void pic_mask_all(void);
void pic_unmask(unsigned line);
bool pic_is_spurious(unsigned line);
void pic_eoi(unsigned line);

/* irq/alarm.c */
void alarm_init(bool lapic);
void alarm_interrupt(void);
bool alarm_counts_on_lapic(
    void); /* its counter runs down from UINT32_MAX since irq_init, until the first alarm is set */
