#include <string.h>
#include "url.h"

static const struct {
    const char *scheme;
    int32_t port;
} special_schemes[] = {{"http", 80}, {"https", 443}, {"ws", 80}, {"wss", 443}, {"ftp", 21}, {"file", -1}};

bool url_text_is(const struct text *text, const char *string)
{
    return text->size == strlen(string) && memcmp(text->data, string, text->size) == 0;
}

bool url_scheme_is_special(const struct text *scheme)
{
    for (size_t i = 0; i < countof(special_schemes); i++)
        if (url_text_is(scheme, special_schemes[i].scheme))
            return true;
    return false;
}

int32_t url_default_port(const struct text *scheme)
{
    for (size_t i = 0; i < countof(special_schemes); i++)
        if (url_text_is(scheme, special_schemes[i].scheme))
            return special_schemes[i].port;
    return -1;
}

static bool is_ascii_alpha(char c)
{
    return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}

static bool is_drive_letter(const char *at, size_t size)
{
    return size == 2 && is_ascii_alpha(at[0]) && (at[1] == ':' || at[1] == '|');
}

bool url_starts_with_drive_letter(const char *at, const char *end)
{
    return end - at >= 2 && is_drive_letter(at, 2) && (end - at == 2 || strchr("/\\?#", at[2]));
}

/* A file URL keeps its drive. */
void url_shorten_path(struct url_record *url)
{
    struct text *path = &url->path;
    if (url_text_is(&url->scheme, "file") && path->size == 3 && is_ascii_alpha(path->data[1]) && path->data[2] == ':')
        return;
    while (path->size > 0 && path->data[--path->size] != '/')
        ;
}

/* 0: none, 1: ".", 2: ".."; a dot may be written %2e. */
static int count_dots(const char *segment, size_t size)
{
    int dots = 0;
    for (size_t i = 0; i < size; dots++) {
        if (segment[i] == '.')
            i++;
        else if (size - i >= 3 && segment[i] == '%' && segment[i + 1] == '2' && ascii_lower(segment[i + 2]) == 'e')
            i += 3;
        else
            return 0;
    }
    return dots > 2 ? 0 : dots;
}

static void add_segment(struct url_record *url, const char *segment, size_t size, bool is_last)
{
    int dots = count_dots(segment, size);
    if (dots == 2)
        url_shorten_path(url);
    if (dots > 0) {
        if (is_last)
            text_append_char(&url->path, '/');
        return;
    }
    bool is_drive = url->path.size == 0 && url_text_is(&url->scheme, "file") && is_drive_letter(segment, size);
    text_append_char(&url->path, '/');
    if (is_drive)
        text_append(&url->path, (char[]){segment[0], ':'}, 2);
    else
        percent_encode(&url->path, segment, size, PERCENT_PATH);
}

/* 4.4, path state. `at` is behind the first slash. */
const char *url_parse_path(struct url_record *url, const char *at, const char *end)
{
    bool is_special = url_scheme_is_special(&url->scheme);
    for (;;) {
        const char *segment = at;
        while (at < end && *at != '/' && *at != '?' && *at != '#' && !(is_special && *at == '\\'))
            at++;
        bool is_last = at == end || *at == '?' || *at == '#';
        add_segment(url, segment, at - segment, is_last);
        if (is_last)
            return at;
        at++;
    }
}

const char *url_parse_opaque_path(struct url_record *url, const char *at, const char *end)
{
    const char *start = at;
    url->has_opaque_path = true;
    while (at < end && *at != '?' && *at != '#')
        at++;
    percent_encode(&url->path, start, at - start, PERCENT_C0);
    /* A space before what follows would be lost when that is taken away. */
    if (at < end && at > start && at[-1] == ' ') {
        url->path.size--;
        text_append(&url->path, "%20", 3);
    }
    return at;
}

const char *url_parse_query(struct url_record *url, const char *at, const char *end, bool to_the_end)
{
    const char *stop = to_the_end ? NULL : memchr(at, '#', end - at);
    if (!stop)
        stop = end;
    url->has_query = true;
    percent_encode(&url->query, at, stop - at,
                   url_scheme_is_special(&url->scheme) ? PERCENT_SPECIAL_QUERY : PERCENT_QUERY);
    return stop;
}

void url_parse_fragment(struct url_record *url, const char *at, const char *end)
{
    url->has_fragment = true;
    percent_encode(&url->fragment, at, end - at, PERCENT_FRAGMENT);
}

bool url_parse_port(struct url_record *url, const char *at, const char *end)
{
    int32_t port = at == end ? -1 : 0;
    for (; at < end; at++) {
        if (*at < '0' || *at > '9')
            return false;
        port = port * 10 + (*at - '0');
        if (port > 65535)
            return false;
    }
    url->port = port == url_default_port(&url->scheme) ? -1 : port;
    return true;
}
