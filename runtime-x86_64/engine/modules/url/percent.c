#include <string.h>
#include "url.h"

/* What each set adds to the bytes below 0x20 and above 0x7e (1.3). */
static const struct {
    uint8_t set;
    const char *characters;
} additions[] = {
    {PERCENT_FRAGMENT, " \"<>`"},
    {PERCENT_QUERY, " \"#<>"},
    {PERCENT_SPECIAL_QUERY, " \"#<>'"},
    {PERCENT_PATH, " \"#<>?^`{}"},
    {PERCENT_USERINFO, " \"#<>?^`{}/:;=@[\\]|"},
    {PERCENT_COMPONENT, " \"#<>?^`{}/:;=@[\\]|$%&+,"},
    {PERCENT_FORM, " \"#<>?^`{}/:;=@[\\]|$%&+,!'()~"},
};

static uint8_t sets_of[128];

static void build_table(void)
{
    for (int c = 0; c < 128; c++)
        sets_of[c] = c < 0x20 || c == 0x7f ? 0xff : 0;
    for (size_t i = 0; i < countof(additions); i++)
        for (const char *c = additions[i].characters; *c; c++)
            sets_of[(uint8_t)*c] |= additions[i].set;
}

bool percent_is_in_set(uint8_t byte, enum percent_set set)
{
    if (unlikely(!sets_of[0]))
        build_table();
    return byte >= 0x80 || sets_of[byte] & set;
}

void percent_encode(struct text *to, const char *data, size_t size, enum percent_set set)
{
    static const char digits[] = "0123456789ABCDEF";
    size_t plain = 0;
    for (size_t i = 0; i < size; i++) {
        uint8_t c = data[i];
        if (!percent_is_in_set(c, set))
            continue;
        text_append(to, data + plain, i - plain);
        text_append(to, (char[]){'%', digits[c >> 4], digits[c & 15]}, 3);
        plain = i + 1;
    }
    text_append(to, data + plain, size - plain);
}

int hex_digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = ascii_lower(c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void percent_decode(struct text *to, const char *data, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (data[i] == '%' && i + 2 < size && hex_digit_value(data[i + 1]) >= 0 && hex_digit_value(data[i + 2]) >= 0) {
            text_append_char(to, hex_digit_value(data[i + 1]) << 4 | hex_digit_value(data[i + 2]));
            i += 2;
        } else {
            text_append_char(to, data[i]);
        }
    }
}
