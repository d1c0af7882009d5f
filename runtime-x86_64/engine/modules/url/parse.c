/* The basic URL parser (4.4). Tabs and line ends are gone from the input when it starts. */
#include <stdlib.h>
#include <string.h>
#include "url.h"

struct parser {
    struct url_record *url;
    const struct url *base; /* or NULL */
    const char *end;
    bool is_special;
};

static bool is_slash(const struct parser *parser, const char *at)
{
    return at < parser->end && (*at == '/' || (parser->is_special && *at == '\\'));
}

static bool parse_query_and_fragment(struct parser *parser, const char *at)
{
    if (at < parser->end && *at == '?')
        at = url_parse_query(parser->url, at + 1, parser->end, false);
    if (at < parser->end)
        url_parse_fragment(parser->url, at + 1, parser->end);
    return true;
}

static bool parse_path(struct parser *parser, const char *at)
{
    return parse_query_and_fragment(parser, url_parse_path(parser->url, at, parser->end));
}

/* Behind the host: a special URL always has a path. */
static bool parse_path_start(struct parser *parser, const char *at)
{
    if (is_slash(parser, at))
        return parse_path(parser, at + 1);
    if (parser->is_special || (at < parser->end && *at != '?' && *at != '#'))
        return parse_path(parser, at);
    return parse_query_and_fragment(parser, at);
}

static void parse_credentials(struct url_record *url, const char *at, const char *end)
{
    const char *colon = memchr(at, ':', end - at);
    percent_encode(&url->username, at, (colon ? colon : end) - at, PERCENT_USERINFO);
    if (colon)
        percent_encode(&url->password, colon + 1, end - colon - 1, PERCENT_USERINFO);
}

/* The colon before the port; one between brackets is the address's. */
static const char *find_port(const char *at, const char *end)
{
    bool in_brackets = false;
    for (; at < end; at++) {
        in_brackets = *at == '[' || (in_brackets && *at != ']');
        if (*at == ':' && !in_brackets)
            return at;
    }
    return NULL;
}

static bool parse_authority(struct parser *parser, const char *at)
{
    const char *stop = at, *host = at;
    for (; stop < parser->end && *stop != '?' && *stop != '#' && !is_slash(parser, stop) && *stop != '/'; stop++)
        if (*stop == '@')
            host = stop + 1;
    if (host > at) {
        parse_credentials(parser->url, at, host - 1);
        if (host == stop)
            return false;
    }
    const char *colon = find_port(host, stop);
    const char *host_end = colon ? colon : stop;
    if (host == host_end && (parser->is_special || colon))
        return false;
    parser->url->has_host = true;
    if (!url_parse_host(&parser->url->host, host, host_end - host, parser->is_special))
        return false;
    if (colon && !url_parse_port(parser->url, colon + 1, stop))
        return false;
    return parse_path_start(parser, stop);
}

static bool parse_authority_after_slashes(struct parser *parser, const char *at)
{
    while (at < parser->end && (*at == '/' || *at == '\\'))
        at++;
    return parse_authority(parser, at);
}

static void copy_slice(struct text *to, struct slice from)
{
    to->size = 0;
    text_append(to, from.data, from.size);
}

static void copy_base_authority(struct parser *parser)
{
    const struct url *base = parser->base;
    struct url_record *url = parser->url;
    copy_slice(&url->username,
               (struct slice){base->href + base->username_start, base->username_end - base->username_start});
    copy_slice(&url->password,
               (struct slice){base->href + base->password_start, base->password_end - base->password_start});
    copy_slice(&url->host, url_host(base));
    url->has_host = base->has_host;
    url->port = base->port;
}

static void copy_base_path_and_query(struct parser *parser)
{
    copy_slice(&parser->url->path, url_path(parser->base));
    copy_slice(&parser->url->query, url_query(parser->base));
    parser->url->has_query = parser->base->query_start != 0;
    parser->url->has_opaque_path = parser->base->has_opaque_path;
}

/* `at` begins a query, a fragment, or a path relative to the base's. */
static bool parse_relative_rest(struct parser *parser, const char *at)
{
    copy_base_path_and_query(parser);
    if (at == parser->end)
        return true;
    if (*at != '#') {
        parser->url->query.size = 0;
        parser->url->has_query = false;
    }
    if (*at == '?' || *at == '#')
        return parse_query_and_fragment(parser, at);
    if (url_text_is(&parser->url->scheme, "file") && url_starts_with_drive_letter(at, parser->end))
        parser->url->path.size = 0;
    else
        url_shorten_path(parser->url);
    return parse_path(parser, at);
}

static bool parse_relative(struct parser *parser, const char *at)
{
    copy_slice(&parser->url->scheme, url_scheme(parser->base));
    parser->is_special = url_scheme_is_special(&parser->url->scheme);
    if (is_slash(parser, at)) {
        if (parser->is_special && is_slash(parser, at + 1))
            return parse_authority_after_slashes(parser, at + 2);
        if (at + 1 < parser->end && at[1] == '/')
            return parse_authority(parser, at + 2);
        copy_base_authority(parser);
        return parse_path(parser, at + 1);
    }
    copy_base_authority(parser);
    return parse_relative_rest(parser, at);
}

static bool parse_file_host(struct parser *parser, const char *at)
{
    struct url_record *url = parser->url;
    const char *host = at;
    while (at < parser->end && !strchr("/\\?#", *at))
        at++;
    if (at - host == 2 && url_starts_with_drive_letter(host, at))
        return parse_path(parser, host);
    if (at > host && !url_parse_host(&url->host, host, at - host, true))
        return false;
    if (url_text_is(&url->host, "localhost"))
        url->host.size = 0;
    return parse_path_start(parser, at);
}

static bool base_is_file(const struct parser *parser)
{
    struct slice scheme = parser->base ? url_scheme(parser->base) : (struct slice){0};
    return scheme.size == 4 && memcmp(scheme.data, "file", 4) == 0;
}

static bool parse_file(struct parser *parser, const char *at)
{
    struct url_record *url = parser->url;
    copy_slice(&url->scheme, (struct slice){"file", 4});
    parser->is_special = url->has_host = true;
    bool has_base = base_is_file(parser);
    if (is_slash(parser, at)) {
        if (is_slash(parser, at + 1))
            return parse_file_host(parser, at + 2);
        if (has_base) {
            copy_slice(&url->host, url_host(parser->base));
            struct slice path = url_path(parser->base);
            /* The base's drive, unless there is one here. */
            if (!url_starts_with_drive_letter(at + 1, parser->end) && path.size >= 3 && path.data[2] == ':' &&
                url_starts_with_drive_letter(path.data + 1, path.data + path.size))
                text_append(&url->path, path.data, 3);
        }
        return parse_path(parser, at + 1);
    }
    if (!has_base)
        return parse_path(parser, at);
    copy_slice(&url->host, url_host(parser->base));
    return parse_relative_rest(parser, at);
}

static bool parse_without_scheme(struct parser *parser, const char *at)
{
    const struct url *base = parser->base;
    if (!base || (base->has_opaque_path && (at == parser->end || *at != '#')))
        return false;
    if (base_is_file(parser))
        return parse_file(parser, at);
    return parse_relative(parser, at);
}

static bool base_has_scheme(const struct parser *parser, const struct text *scheme)
{
    struct slice base = parser->base ? url_scheme(parser->base) : (struct slice){0};
    return base.size == scheme->size && memcmp(base.data, scheme->data, base.size) == 0;
}

static bool parse_behind_scheme(struct parser *parser, const char *at)
{
    struct url_record *url = parser->url;
    parser->is_special = url_scheme_is_special(&url->scheme);
    bool has_slashes = parser->end - at >= 2 && at[0] == '/' && at[1] == '/';
    if (url_text_is(&url->scheme, "file"))
        return parse_file(parser, at);
    if (parser->is_special && !has_slashes && base_has_scheme(parser, &url->scheme))
        return parse_relative(parser, at);
    if (parser->is_special)
        return parse_authority_after_slashes(parser, at);
    if (has_slashes)
        return parse_authority(parser, at + 2);
    if (at < parser->end && *at == '/')
        return parse_path(parser, at + 1);
    return parse_query_and_fragment(parser, url_parse_opaque_path(url, at, parser->end));
}

/* The colon, or NULL when no scheme stands at the beginning. */
static const char *find_scheme_end(const char *at, const char *end)
{
    const char *start = at;
    for (; at < end; at++) {
        char c = ascii_lower(*at);
        if (c >= 'a' && c <= 'z')
            continue;
        if (at == start || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.'))
            break;
    }
    return at > start && at < end && *at == ':' ? at : NULL;
}

static bool parse(struct url *url, const char *at, const char *end, const struct url *base)
{
    struct parser parser = {.url = url_record_empty(), .base = base, .end = end};
    const char *colon = find_scheme_end(at, end);
    bool is_valid;
    if (colon) {
        for (; at < colon; at++)
            text_append_char(&parser.url->scheme, ascii_lower(*at));
        is_valid = parse_behind_scheme(&parser, colon + 1);
    } else {
        is_valid = parse_without_scheme(&parser, at);
    }
    return is_valid && url_from_record(url, parser.url);
}

static bool url_own_copy(struct url *url, const struct url *plain)
{
    char *href = malloc(plain->size + 1);
    if (!href)
        return false;
    memcpy(href, plain->href, plain->size);
    free(url->href);
    *url = *plain;
    url->href = href;
    return true;
}

bool url_parse(struct url *url, const char *input, size_t size, const struct url *base)
{
    static struct text kept;
    const char *end = input + size;
    struct url plain;
    if (likely(url_slice_plain(&plain, input, size)))
        return url_own_copy(url, &plain);
    while (input < end && (uint8_t)*input <= ' ')
        input++;
    while (end > input && (uint8_t)end[-1] <= ' ')
        end--;
    for (const char *c = input; c < end; c++) {
        if (*c != '\t' && *c != '\n' && *c != '\r')
            continue;
        kept.size = 0;
        for (c = input; c < end; c++)
            if (*c != '\t' && *c != '\n' && *c != '\r')
                text_append_char(&kept, *c);
        return !kept.failed && parse(url, kept.data, kept.data + kept.size, base);
    }
    return parse(url, input, end, base);
}
