/* URLs that are their own serialisation, as most are: http or https, a host in lower case, nothing to encode or to
 * shorten. They are sliced where they stand. What this does not know goes to the parser proper. */
#include <string.h>
#include "url.h"

enum { IN_HOST = 1, IN_PATH = 2, IN_QUERY = 4, IN_FRAGMENT = 8 };

#define ALNUM_AND_MARKS (IN_PATH | IN_QUERY | IN_FRAGMENT)

/* Bytes that stand for themselves, by part. A dot or a percent sign in a path may begin a dot segment. */
static const uint8_t classes[256] = {
    ['a' ... 'z'] = IN_HOST | ALNUM_AND_MARKS,
    ['A' ... 'Z'] = ALNUM_AND_MARKS,
    ['0' ... '9'] = IN_HOST | ALNUM_AND_MARKS,
    ['-'] = IN_HOST | ALNUM_AND_MARKS,
    ['.'] = IN_HOST | ALNUM_AND_MARKS,
    ['_'] = ALNUM_AND_MARKS,
    ['~'] = ALNUM_AND_MARKS,
    ['!'] = ALNUM_AND_MARKS,
    ['$'] = ALNUM_AND_MARKS,
    ['&'] = ALNUM_AND_MARKS,
    ['('] = ALNUM_AND_MARKS,
    [')'] = ALNUM_AND_MARKS,
    ['*'] = ALNUM_AND_MARKS,
    ['+'] = ALNUM_AND_MARKS,
    [','] = ALNUM_AND_MARKS,
    [';'] = ALNUM_AND_MARKS,
    ['='] = ALNUM_AND_MARKS,
    [':'] = ALNUM_AND_MARKS,
    ['@'] = ALNUM_AND_MARKS,
    ['/'] = ALNUM_AND_MARKS,
    ['%'] = IN_QUERY | IN_FRAGMENT,
    ['?'] = IN_QUERY | IN_FRAGMENT,
};

static const char *skip(const char *at, const char *end, uint8_t part)
{
    while (at < end && classes[(uint8_t)*at] & part)
        at++;
    return at;
}

/* Four decimal numbers as the serialiser would write them. */
static bool is_plain_ipv4(const char *at, const char *end)
{
    for (int part = 0; part < 4; part++) {
        const char *start = at;
        int value = 0;
        while (at < end && *at >= '0' && *at <= '9' && at - start < 3)
            value = value * 10 + (*at++ - '0');
        if (at == start || value > 255 || (*start == '0' && at - start > 1))
            return false;
        if (part < 3 && (at == end || *at++ != '.'))
            return false;
    }
    return at == end;
}

/* A name whose last label cannot be a number, without Punycode, which would have to be looked into. */
static bool is_plain_name(const char *at, const char *end)
{
    const char *label = end;
    while (label > at && label[-1] != '.')
        label--;
    if (label == end || (*label >= '0' && *label <= '9'))
        return false;
    for (const char *c = at; end - c >= 4; c++)
        if (memcmp(c, "xn--", 4) == 0)
            return false;
    return true;
}

static bool take_port(struct url *url, const char **at, const char *end, int32_t default_port)
{
    const char *start = ++*at;
    int32_t port = 0;
    while (*at < end && **at >= '0' && **at <= '9' && *at - start < 5)
        port = port * 10 + (*(*at)++ - '0');
    url->port = port;
    return *at > start && *start != '0' && port <= 65535 && port != default_port;
}

static bool take_authority(struct url *url, const char *start, const char **at, const char *end, int32_t default_port)
{
    const char *host = *at;
    *at = skip(host, end, IN_HOST);
    if (!is_plain_name(host, *at) && !is_plain_ipv4(host, *at))
        return false;
    url->username_start = url->username_end = url->password_start = url->password_end = url->host_start = host - start;
    url->host_end = *at - start;
    url->port = -1;
    return *at == end || **at != ':' || take_port(url, at, end, default_port);
}

static bool has_dot_segment(const char *at, const char *end)
{
    for (; end - at >= 2; at++)
        if (at[0] == '/' && at[1] == '.')
            return true;
    return false;
}

bool url_slice_plain(struct url *result, const char *input, size_t size)
{
    const char *at = input, *end = input + size;
    struct url url = {.href = (char *)input, .has_host = true, .size = size};
    bool is_https = size > 8 && memcmp(input, "https://", 8) == 0;
    if (!is_https && (size <= 7 || memcmp(input, "http://", 7) != 0))
        return false;
    url.scheme_end = is_https ? 5 : 4;
    at += url.scheme_end + 3;
    if (!take_authority(&url, input, &at, end, is_https ? 443 : 80) || at == end || *at != '/')
        return false;
    url.path_start = at - input;
    const char *path_end = skip(at, end, IN_PATH);
    if (has_dot_segment(at, path_end))
        return false;
    at = path_end;
    if (at < end && *at == '?') {
        url.query_start = at + 1 - input;
        at = skip(at + 1, end, IN_QUERY);
    }
    if (at < end && *at == '#') {
        url.fragment_start = at + 1 - input;
        at = skip(at + 1, end, IN_FRAGMENT);
    }
    if (at != end || size > UINT32_MAX)
        return false;
    *result = url;
    return true;
}
