#include <stdlib.h>
#include <string.h>
#include "url.h"

static struct url_record record;

static void clear(struct text *text)
{
    text->size = 0;
    text->failed = false;
}

struct url_record *url_record_empty(void)
{
    struct text *texts[] = {&record.scheme, &record.username, &record.password, &record.host,
                            &record.path,   &record.query,    &record.fragment};
    for (size_t i = 0; i < countof(texts); i++)
        clear(texts[i]);
    record.port = -1;
    record.has_host = record.has_query = record.has_fragment = record.has_opaque_path = false;
    return &record;
}

static struct slice slice_of(const struct url *url, uint32_t start, uint32_t end)
{
    return (struct slice){url->href + start, end - start};
}

struct slice url_scheme(const struct url *url)
{
    return slice_of(url, 0, url->scheme_end);
}

struct slice url_host(const struct url *url)
{
    return slice_of(url, url->host_start, url->host_end);
}

struct slice url_path(const struct url *url)
{
    uint32_t end = url->query_start ? url->query_start - 1 : url->fragment_start ? url->fragment_start - 1 : url->size;
    return slice_of(url, url->path_start, end);
}

struct slice url_query(const struct url *url)
{
    if (!url->query_start)
        return (struct slice){url->href, 0};
    return slice_of(url, url->query_start, url->fragment_start ? url->fragment_start - 1 : url->size);
}

struct slice url_fragment(const struct url *url)
{
    return slice_of(url, url->fragment_start ? url->fragment_start : url->size, url->size);
}

static void append_slice(struct text *text, struct slice slice)
{
    text_append(text, slice.data, slice.size);
}

struct url_record *url_record_of(const struct url *url)
{
    url_record_empty();
    append_slice(&record.scheme, url_scheme(url));
    append_slice(&record.username, slice_of(url, url->username_start, url->username_end));
    append_slice(&record.password, slice_of(url, url->password_start, url->password_end));
    append_slice(&record.host, url_host(url));
    append_slice(&record.path, url_path(url));
    append_slice(&record.query, url_query(url));
    append_slice(&record.fragment, url_fragment(url));
    record.port = url->port;
    record.has_host = url->has_host;
    record.has_query = url->query_start != 0;
    record.has_fragment = url->fragment_start != 0;
    record.has_opaque_path = url->has_opaque_path;
    return &record;
}

static void append_text(struct text *to, const struct text *from)
{
    text_append(to, from->data, from->size);
    to->failed |= from->failed;
}

static void append_authority(struct text *href, struct url *url, const struct url_record *from)
{
    text_append(href, "//", 2);
    url->username_start = href->size;
    append_text(href, &from->username);
    url->username_end = url->password_start = url->password_end = href->size;
    if (from->password.size > 0) {
        text_append_char(href, ':');
        url->password_start = href->size;
        append_text(href, &from->password);
        url->password_end = href->size;
    }
    if (from->username.size > 0 || from->password.size > 0)
        text_append_char(href, '@');
    url->host_start = href->size;
    append_text(href, &from->host);
    url->host_end = href->size;
    if (from->port >= 0) {
        text_append_char(href, ':');
        text_append_uint(href, from->port);
    }
}

bool url_from_record(struct url *result, const struct url_record *from)
{
    static struct text href;
    struct url url = {.port = from->port, .has_host = from->has_host, .has_opaque_path = from->has_opaque_path};
    clear(&href);
    append_text(&href, &from->scheme);
    url.scheme_end = href.size;
    text_append_char(&href, ':');
    if (from->has_host)
        append_authority(&href, &url, from);
    else if (!from->has_opaque_path && from->path.size > 1 && memcmp(from->path.data, "//", 2) == 0)
        text_append(&href, "/.", 2); /* else the path would be taken for a host */
    url.path_start = href.size;
    append_text(&href, &from->path);
    if (from->has_query) {
        text_append_char(&href, '?');
        url.query_start = href.size;
        append_text(&href, &from->query);
    }
    if (from->has_fragment) {
        text_append_char(&href, '#');
        url.fragment_start = href.size;
        append_text(&href, &from->fragment);
    }
    url.size = href.size;
    url.href = href.failed || href.size > UINT32_MAX ? NULL : malloc(href.size + 1);
    if (!url.href)
        return false;
    memcpy(url.href, href.data, href.size);
    free(result->href);
    *result = url;
    return true;
}

void url_free(struct url *url)
{
    free(url->href);
    *url = (struct url){0};
}
