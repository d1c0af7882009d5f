/* Header lists (Fetch, 2.2.2) and the class Headers. */
#ifndef UNIK_HEADERS_H
#define UNIK_HEADERS_H

#include "../../bytes.h"
#include "../../iterate.h"

/* Where one header stands in a received head. Names are as they came, in any case. */
struct raw_header {
    uint32_t name, name_size, value, value_size;
};

/* A received head, from the request line to the empty line. */
struct raw_head {
    const char *base;
    const struct raw_header *items;
    uint32_t size, count;
    bool is_owned; /* else base and items are the connection's */
};

void raw_head_release(struct raw_head *head);

/* Its own list, or as long as nobody has changed it, a view of what was received. Shared by a message and by the
 * Headers object that shows it: the object must not hold the message, or each message would wait for the cycle
 * collector. */
struct headers {
    uint32_t references;
    bool is_raw; /* `head` holds, not `items` */
    uint32_t count, capacity;
    struct header {
        char *text; /* the name in lower case, then the value; ISO-8859-1 */
        uint32_t name_size, value_size;
    } * items;
    struct raw_head head;
};

struct header_view {
    const char *name, *value;
    uint32_t name_size, value_size;
};

static inline uint32_t headers_count(const struct headers *headers)
{
    return headers->is_raw ? headers->head.count : headers->count;
}
/* With one reference. NULL: no memory. */
struct headers *headers_new(void);
struct headers *headers_reference(struct headers *headers);
void headers_release(struct headers *headers); /* NULL is nothing to release */
/* The received head becomes the list's own, before its bytes go away. false: no memory. */
bool headers_keep(struct headers *headers);
struct header_view headers_at(const struct headers *headers, uint32_t i);
/* The first header of that name, or -1. `name` may be in any case. */
int headers_find(const struct headers *headers, const char *name, size_t name_size);

/* These take the received head over into the list first. false: no memory. */
bool headers_append(struct headers *headers, const char *name, size_t name_size, const char *value, size_t value_size);
bool headers_set(struct headers *headers, const char *name, size_t name_size, const char *value, size_t value_size);
void headers_delete(struct headers *headers, const char *name, size_t name_size);
bool headers_copy(struct headers *to, const struct headers *from);
void headers_clear(struct headers *headers);

/* RFC 9110: a field name is a token; a value has neither NUL nor line ends. Surrounding white space is cut off. */
bool header_name_is_valid(const char *name, size_t size);
bool header_value_trim(const char **value, size_t *size);

/* A JavaScript string as bytes below 256 (Web IDL: ByteString), in `room` or allocated; -1 with an exception. */
struct byte_string {
    char *data;
    size_t size;
    char room[128];
};
int byte_string_from_value(JSContext *ctx, JSValueConst value, struct byte_string *string);
void byte_string_free(struct byte_string *string);

/* Appends what `init` holds: Headers, [name, value] pairs or a record. 0, or -1 with an exception. */
int headers_fill(JSContext *ctx, struct headers *headers, JSValueConst init);

/* A Headers object over a list, which it references. */
JSValue headers_object(JSContext *ctx, struct headers *list);
/* The list of a Headers object, or NULL when it is something else. */
struct headers *headers_from_value(JSValueConst value);

/* [name, value] pairs sorted by name, values of one name joined but for set-cookie (Fetch: sort and combine). */
enum headers_part { HEADERS_ENTRIES, HEADERS_NAMES, HEADERS_VALUES };
JSValue headers_sorted(JSContext *ctx, const struct headers *headers, enum headers_part part);
/* All values of a name, joined by ", "; null when there is none. */
JSValue headers_get(JSContext *ctx, const struct headers *headers, const char *name, size_t name_size);

#endif
