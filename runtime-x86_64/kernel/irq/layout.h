/* irq/layout.c: where the interrupt controllers are and how ISA interrupts reach them: from the MADT
 * (ACPI 6.5, 5.2.12), the MP table (Intel MultiProcessor Specification 1.4), or the place where every PC and hypervisor
 * has them. */
#pragma once
#include "kernel.h"

#define MAX_IOAPICS 8
#define ISA_LINES 16
struct irq_line {
    uint32_t gsi;
    bool level, active_low;
};
struct irq_layout {
    paddr_t lapic;
    struct {
        paddr_t at;
        uint32_t gsi_base;
    } ioapic[MAX_IOAPICS];
    unsigned ioapic_count;
    struct irq_line isa[ISA_LINES];
    bool from_table;    /* not assumed */
    const char *source; /* for messages */
};
void irq_layout_find(struct irq_layout *out);
/* Both fill what they know and leave the rest; the parsers of untrusted tables, apart for their tests. */
void irq_layout_parse_madt(const uint8_t *table, size_t size, struct irq_layout *out);
bool irq_layout_parse_mp(const uint8_t *table, size_t size, struct irq_layout *out);
