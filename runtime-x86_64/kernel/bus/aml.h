/* bus/aml.c: finds things in AML byte code (ACPI 6.5, chapter 20) by their encoding, without running it. Enough for
 * what hypervisors generate: devices with a constant _HID, resource templates, packages of integers, methods that
 * return a constant. The byte code is untrusted: every length is checked against its surroundings; a mismatch ends that
 * search, never more. */
#pragma once
#include "kernel.h"

struct aml_span {
    const uint8_t *start;
    size_t size;
};

static inline uint64_t aml_little_endian(const uint8_t *p, unsigned bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < bytes; i++)
        value |= (uint64_t)p[i] << 8 * i;
    return value;
}

/* The next device at or after *offset (nested ones too) that has a constant _HID: its body, and the _HID as text
 * ("PNP0A08", "LNRO0005"). Advances *offset; false at the end. */
bool aml_next_device(struct aml_span code, size_t *offset, struct aml_span *body, char hid[9]);
/* Name(name, Buffer){…} at the span's own level (not inside nested devices): the buffer's bytes. */
bool aml_named_buffer(struct aml_span body, const char name[4], struct aml_span *bytes);
/* Name(name, Package){integer, …} anywhere in the span: the first `max` values; how many there were, or 0. */
unsigned aml_named_integers(struct aml_span code, const char name[4], uint64_t *values, unsigned max);
/* Method(name, 0) { Return(integer) } at the span's own level. */
bool aml_constant_method(struct aml_span body, const char name[4], uint64_t *value);
/* OperationRegion(…, SystemMemory, integer, integer) at the span's own level: the first one. */
bool aml_memory_region(struct aml_span body, uint64_t *base, uint64_t *size);

enum aml_resource_kind { AML_MEMORY = 1, AML_MEMORY_WINDOW, AML_INTERRUPT };
struct aml_resource { /* ACPI 6.5, 6.4 */
    enum aml_resource_kind kind;
    uint64_t base, size; /* AML_MEMORY: fixed; AML_MEMORY_WINDOW: what a bridge passes on */
    uint32_t gsi;        /* AML_INTERRUPT: the first of the descriptor */
    bool level, active_low;
};
/* Takes the next descriptor that is one of the kinds above off *left; false at the end tag or at a malformed
 * descriptor. */
bool aml_next_resource(struct aml_span *left, struct aml_resource *out);
