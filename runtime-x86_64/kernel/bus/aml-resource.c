/* Resource descriptors: ACPI 6.5, 6.4.2 (small) and 6.4.3 (large). */
#include "bus/aml.h"

enum { /* the tag byte without the length bits of small descriptors */
       SMALL_IRQ = 0x20,
       SMALL_END = 0x78,
       LARGE_MEMORY32_FIXED = 0x86,
       LARGE_DWORD_SPACE = 0x87,
       LARGE_INTERRUPT = 0x89,
       LARGE_QWORD_SPACE = 0x8a,
};

/* 6.4.2.1: a mask of ISA interrupts, then flags (bit 0 edge, bit 3 active low) unless they are the default: edge,
 * active high. */
static bool small_irq(const uint8_t *data, size_t size, struct aml_resource *out)
{
    uint16_t mask = size >= 2 ? (uint16_t)aml_little_endian(data, 2) : 0;
    if (!mask)
        return false;
    uint8_t flags = size >= 3 ? data[2] : 1;
    *out = (struct aml_resource){
        .kind = AML_INTERRUPT, .gsi = (uint32_t)__builtin_ctz(mask), .level = !(flags & 1), .active_low = flags & 8};
    return true;
}

/* 6.4.3.5: address space descriptors: type 0 is memory; granularity, minimum, maximum, translation, length of `width`
 * bytes. */
static bool address_space(const uint8_t *data, size_t size, unsigned width, struct aml_resource *out)
{
    if (size < 3 + 5 * width || data[0] != 0)
        return false;
    *out = (struct aml_resource){.kind = AML_MEMORY_WINDOW,
                                 .base = aml_little_endian(data + 3 + width, width),
                                 .size = aml_little_endian(data + 3 + 4 * width, width)};
    return true;
}

static bool large(uint8_t tag, const uint8_t *data, size_t size, struct aml_resource *out)
{
    switch (tag) {
    case LARGE_MEMORY32_FIXED: /* 6.4.3.4 */
        if (size < 9)
            return false;
        *out = (struct aml_resource){
            .kind = AML_MEMORY, .base = aml_little_endian(data + 1, 4), .size = aml_little_endian(data + 5, 4)};
        return true;
    case LARGE_INTERRUPT: /* 6.4.3.6: bit 1 edge, bit 2 active low */
        if (size < 6 || data[1] == 0)
            return false;
        *out = (struct aml_resource){.kind = AML_INTERRUPT,
                                     .gsi = (uint32_t)aml_little_endian(data + 2, 4),
                                     .level = !(data[0] & 2),
                                     .active_low = data[0] & 4};
        return true;
    case LARGE_DWORD_SPACE:
        return address_space(data, size, 4, out);
    case LARGE_QWORD_SPACE:
        return address_space(data, size, 8, out);
    default:
        return false;
    }
}

bool aml_next_resource(struct aml_span *left, struct aml_resource *out)
{
    while (left->size) {
        uint8_t tag = left->start[0];
        bool is_large = tag & 0x80;
        size_t head = is_large ? 3 : 1;
        if (left->size < head || (!is_large && (tag & 0x78) == SMALL_END))
            return false;
        size_t size = is_large ? aml_little_endian(left->start + 1, 2) : tag & 7u;
        if (size > left->size - head)
            return false;
        const uint8_t *data = left->start + head;
        *left = (struct aml_span){data + size, left->size - head - size};
        if (is_large ? large(tag, data, size, out) : (tag & 0x78) == SMALL_IRQ && small_irq(data, size, out))
            return true;
    }
    return false;
}
