/* Interrupts: local APIC, I/O APIC, 8259 where there is no APIC; MSI and MSI-X through vectors. Handlers run with
 * interrupts off, on the current kernel stack, only ever interrupting ring 3 or the idle loop: they may use any kernel
 * function that does not sleep. */
#pragma once
#include "kernel.h"

void irq_init(void);
/* A free vector (>= 0x30) with its handler, for MSI/MSI-X; -ENOSPC. Message address and data: irq_msi_message. */
int irq_alloc_vector(void (*fn)(void *), void *arg);
void irq_msi_message(int vector, uint64_t *address, uint32_t *data);
bool irq_has_msi(void); /* false where only an 8259 serves */
/* A line of the I/O APIC (global system interrupt) or, without one, of the 8259. Lines may be shared: every handler is
 * called. */
int irq_register_line(unsigned gsi, bool level, bool active_low, void (*fn)(void *), void *arg);
/* ISA interrupt number -> GSI and polarity by MADT overrides. */
int irq_register_isa(unsigned isa, void (*fn)(void *), void *arg);
/* The line that firmware wrote into a PCI device's interrupt line register: an ISA number, but level-triggered. */
int irq_register_pci_line(unsigned isa, void (*fn)(void *), void *arg);
/* Called by the trap entry for vectors >= 0x20. Acknowledges by itself. */
void irq_dispatch(unsigned vector);
/* One atomic "enable interrupts and halt"; returns after one interrupt with interrupts off again. */
void irq_wait(void);
/* Ticks of the time-stamp counter spent in irq_wait. */
uint64_t irq_idle_ticks(void);
