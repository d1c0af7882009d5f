/* The WHATWG URL standard: records, their parser and serialiser. Sections are those of the standard of 2024. */
#ifndef UNIK_URL_H
#define UNIK_URL_H

#include "../../bytes.h"
#include "../../text.h"

/* A URL as its serialisation; the parts are slices of it. 0 stands for "absent" where a part may be. */
struct url {
    char *href;
    uint32_t size;
    uint32_t scheme_end;     /* the colon */
    uint32_t username_start; /* after "//" */
    uint32_t username_end;
    uint32_t password_start, password_end;
    uint32_t host_start, host_end;
    uint32_t path_start;
    uint32_t query_start;    /* after "?", 0: null */
    uint32_t fragment_start; /* after "#", 0: null */
    int32_t port;            /* -1: null */
    bool has_host, has_opaque_path;
};

struct slice {
    const char *data;
    size_t size;
};

/* The same taken apart, to be built or changed (4.1). `path` holds the segments, each with its "/" before it, or the
 * opaque path. */
struct url_record {
    struct text scheme, username, password, host, path, query, fragment;
    int32_t port;
    bool has_host, has_query, has_fragment, has_opaque_path;
};

/* parse.c. `input` is UTF-8; `base` may be NULL. false: not a URL. The result is the caller's, to be freed. */
bool url_parse(struct url *url, const char *input, size_t size, const struct url *base);
void url_free(struct url *url);

/* plain.c: the slices of a URL in which nothing has to be changed. Its href is `input` itself: nothing is to be freed.
 * false: ask the parser. */
bool url_slice_plain(struct url *url, const char *input, size_t size);

/* record.c. One record serves everything: there is one thread, and no parse runs within another. */
struct url_record *url_record_empty(void);
struct url_record *url_record_of(const struct url *url);
/* Serialises. false: no memory, and `url` is as it was. */
bool url_from_record(struct url *url, const struct url_record *record);
struct slice url_scheme(const struct url *url);
struct slice url_host(const struct url *url);
struct slice url_path(const struct url *url);
struct slice url_query(const struct url *url);
struct slice url_fragment(const struct url *url);

/* states.c: the parser's states that the setters enter too. All read from `at` and return where they stopped. */
bool url_scheme_is_special(const struct text *scheme);
int32_t url_default_port(const struct text *scheme); /* -1: none */
bool url_text_is(const struct text *text, const char *string);
const char *url_parse_path(struct url_record *url, const char *at, const char *end);
const char *url_parse_opaque_path(struct url_record *url, const char *at, const char *end);
const char *url_parse_query(struct url_record *url, const char *at, const char *end, bool to_the_end);
void url_parse_fragment(struct url_record *url, const char *at, const char *end);
void url_shorten_path(struct url_record *url);
/* A drive letter and ":" or "|", at the end of the path or before a separator. */
bool url_starts_with_drive_letter(const char *at, const char *end);
/* Digits only. false: not a port. */
bool url_parse_port(struct url_record *url, const char *at, const char *end);

/* host.c (3.5). Appends the serialised host; false: not a host. */
bool url_parse_host(struct text *host, const char *input, size_t size, bool is_special);

/* idna.c (3.3): domain to ASCII. Mapping is by NFKC and lower case, which agrees with UTS 46 on what is registered. */
bool url_domain_to_ascii(struct text *ascii, const char *domain, size_t size);

/* percent.c (1.3). Every set holds the bytes above 0x7e. */
enum percent_set {
    PERCENT_C0 = 1,
    PERCENT_FRAGMENT = 2,
    PERCENT_QUERY = 4,
    PERCENT_SPECIAL_QUERY = 8,
    PERCENT_PATH = 16,
    PERCENT_USERINFO = 32,
    PERCENT_COMPONENT = 64,
    PERCENT_FORM = 128,
};
void percent_encode(struct text *to, const char *data, size_t size, enum percent_set set);
bool percent_is_in_set(uint8_t byte, enum percent_set set);
void percent_decode(struct text *to, const char *data, size_t size);
int hex_digit_value(char c); /* -1: none */

#endif
