/* AML by its encoding: ACPI 6.5, 20.2 (byte codes) and 6.4 (resource descriptors). See aml.h for what is and is not
 * understood. */
#include "bus/aml.h"

enum { /* 20.3 */
       ZERO_OP = 0x00,
       ONE_OP = 0x01,
       NAME_OP = 0x08,
       BYTE_PREFIX = 0x0a,
       WORD_PREFIX = 0x0b,
       DWORD_PREFIX = 0x0c,
       STRING_PREFIX = 0x0d,
       QWORD_PREFIX = 0x0e,
       BUFFER_OP = 0x11,
       PACKAGE_OP = 0x12,
       METHOD_OP = 0x14,
       DUAL_NAME_PREFIX = 0x2e,
       MULTI_NAME_PREFIX = 0x2f,
       EXT_OP_PREFIX = 0x5b,
       RETURN_OP = 0xa4,
       ONES_OP = 0xff,
       EXT_REGION_OP = 0x80,
       EXT_DEVICE_OP = 0x82,
};
#define REGION_SYSTEM_MEMORY 0

static struct aml_span span_from(struct aml_span s, size_t offset)
{
    return offset > s.size ? (struct aml_span){s.start, 0} : (struct aml_span){s.start + offset, s.size - offset};
}

/* 20.2.4. `s` starts at the PkgLength; its content comes out. The length counts its own bytes. */
static bool package_content(struct aml_span s, struct aml_span *content)
{
    if (!s.size)
        return false;
    unsigned more = s.start[0] >> 6;
    if (s.size < more + 1)
        return false;
    size_t length = more ? (s.start[0] & 0xf) | aml_little_endian(s.start + 1, more) << 4 : s.start[0] & 0x3f;
    if (length < more + 1 || length > s.size)
        return false;
    *content = (struct aml_span){s.start + more + 1, length - more - 1};
    return true;
}

/* 20.2.2: bytes that a NameString takes, 0 when it is none. */
static size_t name_string_size(struct aml_span s)
{
    size_t i = 0;
    while (i < s.size && (s.start[i] == '\\' || s.start[i] == '^'))
        i++;
    if (i == s.size)
        return 0;
    size_t size = i + 4;
    if (s.start[i] == DUAL_NAME_PREFIX)
        size = i + 1 + 8;
    else if (s.start[i] == MULTI_NAME_PREFIX)
        size = i + 1 < s.size ? i + 2 + 4ul * s.start[i + 1] : SIZE_MAX;
    return size <= s.size ? size : 0;
}

/* 20.2.3: takes an integer constant off the front of *s. */
static bool take_integer(struct aml_span *s, uint64_t *value)
{
    if (!s->size)
        return false;
    unsigned bytes = 0;
    switch (s->start[0]) {
    case ZERO_OP:
    case ONE_OP:
        *value = s->start[0];
        break;
    case ONES_OP:
        *value = UINT64_MAX;
        break;
    case BYTE_PREFIX:
        bytes = 1;
        break;
    case WORD_PREFIX:
        bytes = 2;
        break;
    case DWORD_PREFIX:
        bytes = 4;
        break;
    case QWORD_PREFIX:
        bytes = 8;
        break;
    default:
        return false;
    }
    if (s->size < 1 + bytes)
        return false;
    if (bytes)
        *value = aml_little_endian(s->start + 1, bytes);
    *s = span_from(*s, 1 + bytes);
    return true;
}

/* Where a device's package begins at this offset: its content after the name. */
static bool device_at(struct aml_span code, size_t offset, struct aml_span *body)
{
    struct aml_span package;
    if (code.size - offset < 3 || code.start[offset] != EXT_OP_PREFIX || code.start[offset + 1] != EXT_DEVICE_OP ||
        !package_content(span_from(code, offset + 2), &package))
        return false;
    size_t name = name_string_size(package);
    *body = span_from(package, name);
    return name != 0;
}

/* What follows the bytes `op name` at the body's own level. */
static bool find_own(struct aml_span body, uint8_t op, const char name[4], struct aml_span *after)
{
    struct aml_span nested;
    for (size_t i = 0; i + 5 <= body.size; i++) {
        if (device_at(body, i, &nested))
            i = (size_t)(nested.start + nested.size - body.start) - 1;
        else if (body.start[i] == op && memcmp(body.start + i + 1, name, 4) == 0) {
            *after = span_from(body, i + 5);
            return true;
        }
    }
    return false;
}

/* 19.3.4: a compressed EISA id, big-endian: three letters of five bits, four hexadecimal digits. */
static void eisa_id_text(uint32_t id, char text[9])
{
    static const char digit[] = "0123456789ABCDEF";
    id = __builtin_bswap32(id);
    for (unsigned i = 0; i < 3; i++)
        text[i] = (char)('@' + (id >> (26 - 5 * i) & 0x1f));
    for (unsigned i = 0; i < 4; i++)
        text[3 + i] = digit[id >> (12 - 4 * i) & 0xf];
    text[7] = '\0';
}

static bool device_hid(struct aml_span body, char hid[9])
{
    struct aml_span value;
    uint64_t id;
    if (!find_own(body, NAME_OP, "_HID", &value) || !value.size)
        return false;
    if (value.start[0] != STRING_PREFIX) {
        if (!take_integer(&value, &id))
            return false;
        eisa_id_text((uint32_t)id, hid);
        return true;
    }
    size_t length = 0;
    while (length < 9 && length + 1 < value.size && value.start[1 + length])
        length++;
    if (length == 9 || length + 1 >= value.size)
        return false;
    memcpy(hid, value.start + 1, length + 1);
    return true;
}

bool aml_next_device(struct aml_span code, size_t *offset, struct aml_span *body, char hid[9])
{
    for (size_t i = *offset; i + 3 <= code.size; i++)
        if (device_at(code, i, body) && device_hid(*body, hid)) {
            *offset = (size_t)(body->start - code.start);
            return true;
        }
    return false;
}

bool aml_named_buffer(struct aml_span body, const char name[4], struct aml_span *bytes)
{
    struct aml_span value;
    uint64_t size;
    if (!find_own(body, NAME_OP, name, &value) || !value.size || value.start[0] != BUFFER_OP ||
        !package_content(span_from(value, 1), bytes) || !take_integer(bytes, &size))
        return false;
    bytes->size = MIN(bytes->size, size);
    return true;
}

unsigned aml_named_integers(struct aml_span code, const char name[4], uint64_t *values, unsigned max)
{
    for (size_t i = 0; i + 6 <= code.size; i++) {
        struct aml_span content;
        if (code.start[i] != NAME_OP || memcmp(code.start + i + 1, name, 4) || code.start[i + 5] != PACKAGE_OP ||
            !package_content(span_from(code, i + 6), &content) || !content.size)
            continue;
        unsigned count = 0, promised = content.start[0];
        content = span_from(content, 1);
        while (count < MIN(max, promised) && take_integer(&content, &values[count]))
            count++;
        return count;
    }
    return 0;
}

bool aml_constant_method(struct aml_span body, const char name[4], uint64_t *value)
{
    struct aml_span nested, content;
    for (size_t i = 0; i + 2 <= body.size; i++) {
        if (device_at(body, i, &nested)) {
            i = (size_t)(nested.start + nested.size - body.start) - 1;
            continue;
        }
        if (body.start[i] != METHOD_OP || !package_content(span_from(body, i + 1), &content) || content.size < 6 ||
            memcmp(content.start, name, 4))
            continue;
        bool returns = content.start[5] == RETURN_OP;
        content = span_from(content, 6);
        return returns && take_integer(&content, value);
    }
    return false;
}

bool aml_memory_region(struct aml_span body, uint64_t *base, uint64_t *size)
{
    struct aml_span nested;
    for (size_t i = 0; i + 3 <= body.size; i++) {
        if (device_at(body, i, &nested)) {
            i = (size_t)(nested.start + nested.size - body.start) - 1;
            continue;
        }
        if (body.start[i] != EXT_OP_PREFIX || body.start[i + 1] != EXT_REGION_OP)
            continue;
        struct aml_span rest = span_from(body, i + 2);
        size_t name = name_string_size(rest);
        rest = span_from(rest, name);
        if (!name || !rest.size || rest.start[0] != REGION_SYSTEM_MEMORY)
            continue;
        rest = span_from(rest, 1);
        if (take_integer(&rest, base) && take_integer(&rest, size))
            return true;
    }
    return false;
}
