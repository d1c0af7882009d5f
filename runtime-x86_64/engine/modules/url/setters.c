/* The members of URL that can be set (6.1). Input that does not fit is ignored, as the standard has it. */
#include <string.h>
#include "members.h"

static bool can_have_credentials_or_port(const struct url *url)
{
    struct slice scheme = url_scheme(url);
    return url->has_host && url->host_end > url->host_start &&
           !(scheme.size == 4 && memcmp(scheme.data, "file", 4) == 0);
}

static bool is_scheme(const char *value, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        char c = ascii_lower(value[i]);
        if (!(c >= 'a' && c <= 'z') && (i == 0 || !((c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.')))
            return false;
    }
    return size > 0;
}

static void set_protocol(struct url *url, const char *value, size_t size)
{
    const char *colon = memchr(value, ':', size);
    struct text scheme = {0};
    size = colon ? (size_t)(colon - value) : size;
    if (!is_scheme(value, size))
        return;
    for (size_t i = 0; i < size; i++)
        text_append_char(&scheme, ascii_lower(value[i]));
    struct url_record *record = url_record_of(url);
    bool has_credentials_or_port = record->username.size + record->password.size > 0 || record->port >= 0;
    bool is_allowed = url_scheme_is_special(&scheme) == url_scheme_is_special(&record->scheme) &&
                      !(url_text_is(&scheme, "file") && has_credentials_or_port) &&
                      !(url_text_is(&record->scheme, "file") && record->host.size == 0);
    if (is_allowed && !scheme.failed) {
        record->scheme.size = 0;
        text_append(&record->scheme, scheme.data, scheme.size);
        if (record->port == url_default_port(&record->scheme))
            record->port = -1;
        url_from_record(url, record);
    }
    text_free(&scheme);
}

static void set_credential(struct url *url, const char *value, size_t size, bool is_password)
{
    if (!can_have_credentials_or_port(url))
        return;
    struct url_record *record = url_record_of(url);
    struct text *text = is_password ? &record->password : &record->username;
    text->size = 0;
    percent_encode(text, value, size, PERCENT_USERINFO);
    url_from_record(url, record);
}

static void set_username(struct url *url, const char *value, size_t size)
{
    set_credential(url, value, size, false);
}

static void set_password(struct url *url, const char *value, size_t size)
{
    set_credential(url, value, size, true);
}

/* Leading digits. */
static const char *find_port_end(const char *at, const char *end)
{
    while (at < end && *at >= '0' && *at <= '9')
        at++;
    return at;
}

static void set_host_and_port(struct url *url, const char *at, size_t size, bool with_port)
{
    struct url_record *record = url_record_of(url);
    bool is_special = url_scheme_is_special(&record->scheme);
    bool is_file = url_text_is(&record->scheme, "file");
    bool in_brackets = false;
    const char *end = at, *stop = at + size;
    for (; end < stop && !strchr(is_special ? "/?#\\" : "/?#", *end); end++) {
        in_brackets = *end == '[' || (in_brackets && *end != ']');
        if (*end == ':' && !in_brackets)
            break;
    }
    bool has_colon = end < stop && *end == ':';
    bool has_credentials_or_port = record->username.size + record->password.size > 0 || record->port >= 0;
    if (record->has_opaque_path || (end == at && (has_colon || (is_special && !is_file) || has_credentials_or_port)) ||
        (has_colon && (!with_port || is_file)))
        return;
    if (!url_parse_host(&record->host, at, end - at, is_special))
        return;
    if (is_file && url_text_is(&record->host, "localhost"))
        record->host.size = 0;
    record->has_host = true;
    if (has_colon && find_port_end(end + 1, stop) > end + 1)
        url_parse_port(record, end + 1, find_port_end(end + 1, stop));
    url_from_record(url, record);
}

static void set_host(struct url *url, const char *value, size_t size)
{
    set_host_and_port(url, value, size, true);
}

static void set_hostname(struct url *url, const char *value, size_t size)
{
    set_host_and_port(url, value, size, false);
}

static void set_port(struct url *url, const char *value, size_t size)
{
    const char *end = find_port_end(value, value + size);
    if (!can_have_credentials_or_port(url) || (size > 0 && end == value))
        return;
    struct url_record *record = url_record_of(url);
    if (url_parse_port(record, value, end))
        url_from_record(url, record);
}

static void set_pathname(struct url *url, const char *value, size_t size)
{
    struct url_record *record = url_record_of(url);
    bool is_special = url_scheme_is_special(&record->scheme);
    const char *end = value + size;
    static struct text kept;
    if (record->has_opaque_path)
        return;
    /* "?" and "#" are part of the path here. */
    kept.size = 0;
    for (const char *c = value; c < end; c++)
        text_append(&kept, *c == '?' ? "%3F" : *c == '#' ? "%23" : c, *c == '?' || *c == '#' ? 3 : 1);
    const char *at = kept.data;
    if (kept.size > 0 && (*at == '/' || (is_special && *at == '\\')))
        at++;
    record->path.size = 0;
    if (kept.size > 0 || is_special)
        url_parse_path(record, at, kept.data + kept.size);
    else if (!record->has_host)
        text_append_char(&record->path, '/');
    url_from_record(url, record);
}

static void set_search(struct url *url, const char *value, size_t size)
{
    struct url_record *record = url_record_of(url);
    record->query.size = 0;
    record->has_query = false;
    if (size > 0)
        url_parse_query(record, *value == '?' ? value + 1 : value, value + size, true);
    url_from_record(url, record);
}

static void set_hash(struct url *url, const char *value, size_t size)
{
    struct url_record *record = url_record_of(url);
    record->fragment.size = 0;
    record->has_fragment = false;
    if (size > 0)
        url_parse_fragment(record, *value == '#' ? value + 1 : value, value + size);
    url_from_record(url, record);
}

void url_set_member(struct url *url, enum url_member member, const char *value, size_t size)
{
    static void (*const setters[])(struct url *, const char *, size_t) = {
        [URL_PROTOCOL] = set_protocol, [URL_USERNAME] = set_username, [URL_PASSWORD] = set_password,
        [URL_HOST] = set_host,         [URL_HOSTNAME] = set_hostname, [URL_PORT] = set_port,
        [URL_PATHNAME] = set_pathname, [URL_SEARCH] = set_search,     [URL_HASH] = set_hash,
    };
    static struct text kept;
    /* Tabs and line ends are dropped as by the parser. */
    kept.size = 0;
    for (size_t i = 0; i < size; i++)
        if (value[i] != '\t' && value[i] != '\n' && value[i] != '\r')
            text_append_char(&kept, value[i]);
    bool keeps_all = member == URL_USERNAME || member == URL_PASSWORD;
    if (!kept.failed)
        setters[member](url, keeps_all ? value : kept.data, keeps_all ? size : kept.size);
}
