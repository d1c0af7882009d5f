#include "encodings.h"
#include <string.h>
#include "../../bytes.h"

const char *const encoding_names[] = {
    [UTF_8] = "utf-8", [UTF_16LE] = "utf-16le", [UTF_16BE] = "utf-16be", [WINDOWS_1252] = "windows-1252"};

/* Labels, each with a NUL after it. Of the legacy encodings there is only the one that Latin-1 means on the web: the
 * tables of the others would be larger than the rest. */
static const char *const labels[] = {
    [UTF_8] = "utf-8\0utf8\0unicode-1-1-utf-8\0unicode11utf8\0unicode20utf8\0x-unicode20utf8\0",
    [UTF_16LE] = "utf-16le\0utf-16\0ucs-2\0unicode\0unicodefeff\0csunicode\0iso-10646-ucs-2\0",
    [UTF_16BE] = "utf-16be\0unicodefffe\0",
    [WINDOWS_1252] = "windows-1252\0latin1\0iso-8859-1\0ascii\0us-ascii\0ansi_x3.4-1968\0cp1252\0cp819\0csisolatin1\0"
                     "ibm819\0iso-ir-100\0iso8859-1\0iso88591\0iso_8859-1\0iso_8859-1:1987\0l1\0x-cp1252\0",
};

int encoding_find(const char *label, size_t size)
{
    static const char blanks[] = "\t\n\f\r ";
    while (size > 0 && memchr(blanks, label[size - 1], sizeof blanks - 1))
        size--;
    for (; size > 0 && memchr(blanks, *label, sizeof blanks - 1); size--)
        label++;
    for (int encoding = 0; encoding < ENCODING_COUNT; encoding++)
        for (const char *known = labels[encoding]; *known; known += strlen(known) + 1)
            if (ascii_equal_ignoring_case(label, size, known, strlen(known)))
                return encoding;
    return -1;
}

JSValue decode_error(JSContext *ctx, const struct decoder *decoder)
{
    JSValue error =
        JS_NewTypeError(ctx, "The encoded data was not valid for encoding %s", encoding_names[decoder->encoding]);
    JS_DefinePropertyValueStr(ctx, error, "code", JS_NewString(ctx, "ERR_ENCODING_INVALID_ENCODED_DATA"),
                              JS_PROP_C_W_E);
    return JS_Throw(ctx, error);
}
