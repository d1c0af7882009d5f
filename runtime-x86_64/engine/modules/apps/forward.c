/* RFC 9112, 3.2: the authority of an absolute-form target holds and takes the place of Host; a route by path is cut off
 * and told in X-Forwarded-Prefix, which no client can set. */
#include <stdlib.h>
#include <string.h>
#include "../serve/serve.h"
#include "apps.h"

#define FORWARDED_PREFIX "x-forwarded-prefix"
#define FORWARDED_PREFIX_SIZE (sizeof FORWARDED_PREFIX - 1)

/* Parts of a request's target, in its head. */
struct target {
    const char *start, *authority, *path, *query, *end; /* each part ends where the next begins */
    bool is_absolute;
};

static const char *find_any(const char *at, const char *end, const char *characters)
{
    while (at < end && !strchr(characters, *at))
        at++;
    return at;
}

/* false: neither origin-form nor an absolute-form that we serve. */
static bool split_target(const struct message *message, struct target *target)
{
    const char *start = message->base + message->target, *end = start + message->target_size;
    *target = (struct target){.start = start, .authority = start, .path = start, .end = end};
    target->is_absolute = *start != '/' && *start != '*';
    if (target->is_absolute) {
        size_t scheme = find_any(start, end, ":") - start;
        bool is_http =
            ascii_equal_ignoring_case(start, scheme, "http", 4) || ascii_equal_ignoring_case(start, scheme, "https", 5);
        if (!is_http || end - start < (ptrdiff_t)scheme + 3 || memcmp(start + scheme, "://", 3) != 0)
            return false;
        target->authority = start + scheme + 3;
        target->path = find_any(target->authority, end, "/\\?#");
    }
    target->query = find_any(target->path, end, "?#");
    return true;
}

static bool is_named(const struct message *message, const struct raw_header *header, const char *name, size_t size)
{
    return ascii_equal_ignoring_case(message->base + header->name, header->name_size, name, size);
}

static void remove_forwarded_prefix(struct message *message)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < message->header_count; i++)
        if (!is_named(message, &message->headers[i], FORWARDED_PREFIX, FORWARDED_PREFIX_SIZE))
            message->headers[kept++] = message->headers[i];
    message->header_count = kept;
}

/* The size of the host's name in `host`: 0 when there is none, -1 when it is malformed. */
static int find_host(struct message *message, const struct target *target, char host[HOST_SIZE_MAX])
{
    struct raw_header *header = message->headers, *end = header + message->header_count;
    while (header < end && !is_named(message, header, "host", 4))
        header++;
    if (target->is_absolute) {
        size_t size = target->path - target->authority;
        if (header < end) {
            header->value = target->authority - message->base;
            header->value_size = size;
        }
        return route_parse_authority(target->authority, size, host);
    }
    if (header == end || header->value_size == 0)
        return 0;
    return route_parse_authority(message->base + header->value, header->value_size, host);
}

static void append_target(struct text *text, const struct target *target, const struct text *path, size_t prefix_size)
{
    text_append(text, target->start, target->path - target->start);
    if (path->size == prefix_size)
        text_append_char(text, '/');
    text_append(text, path->data + prefix_size, path->size - prefix_size);
    text_append(text, target->query, target->end - target->query);
}

/* A head of its own, behind which stand the new header and the new target. false: no memory. */
static bool rewrite(struct message *message, const struct target *target, const struct text *path,
                    const struct unik_route *prefix, struct raw_head *head)
{
    struct text text = {0};
    uint32_t count = message->header_count, name = message->head_size, value = name + FORWARDED_PREFIX_SIZE;
    struct raw_header *items = malloc((count + 1) * sizeof *items);
    text_append(&text, message->base, message->head_size);
    text_append(&text, FORWARDED_PREFIX, FORWARDED_PREFIX_SIZE);
    text_append(&text, prefix->text, prefix->size);
    message->target = text.size;
    append_target(&text, target, path, prefix->size);
    message->target_size = text.size - message->target;
    if (!items || text.failed) {
        free(items);
        text_free(&text);
        return false;
    }
    memcpy(items, message->headers, count * sizeof *items);
    items[count] = (struct raw_header){name, FORWARDED_PREFIX_SIZE, value, prefix->size};
    *head = (struct raw_head){text.data, items, text.size, count + 1, true};
    return true;
}

static void refuse_unknown(struct connection *connection, const char *host, size_t size, const struct text *path)
{
    struct text text = {0};
    text_append_string(&text, "no app for host \"");
    text_append(&text, host, size);
    text_append_string(&text, "\" and path \"");
    text_append(&text, path->data, path->size);
    text_append_string(&text, "\"\n");
    response_write_text(connection, 404, text.data, text.size, false);
    text_free(&text);
}

void forward_refuse_ended(struct connection *connection)
{
    struct text text = {0};
    text_append_string(&text, "the app ");
    text_append_string(&text, connection->app->program->name);
    text_append_string(&text, " has ended\n");
    exchange_forget(connection);
    response_write_text(connection, 503, text.data, text.size, false);
    text_free(&text);
}

/* Chooses by the path and cuts its prefix off. What is answered here gives -1. */
static int forward_by_path(struct connection *connection, const struct target *target, const char *host, size_t size,
                           struct raw_head *head)
{
    const struct unik_route *prefix;
    struct text path = {0};
    size_t path_size = target->query - target->path;
    if (route_path_is_normal(target->path, path_size))
        text_append(&path, target->path, path_size);
    else
        route_normalize_path(target->path, path_size, &path);
    if (path.size == 0)
        text_append_char(&path, '/');
    int found = route_by_path(path.data, path.size, &prefix);
    if (found < 0) {
        refuse_unknown(connection, host, size, &path);
    } else if (prefix->size > 0 && !rewrite(&connection->message, target, &path, prefix, head)) {
        response_write_status(connection, 503, true);
        found = -1;
    }
    text_free(&path);
    return found;
}

bool apps_route(struct connection *connection, struct raw_head *head)
{
    struct message *message = &connection->message;
    struct target target;
    char host[HOST_SIZE_MAX];
    int size = split_target(message, &target) ? find_host(message, &target, host) : -1;
    if (size < 0) {
        response_write_status(connection, 400, true);
        return false;
    }
    remove_forwarded_prefix(message);
    head->count = message->header_count;
    int found = size > 0 ? route_by_host(host, size) : -1;
    if (found < 0)
        found = forward_by_path(connection, &target, host, size, head);
    if (found < 0)
        return false;
    connection->app = apps_hosted[found].app;
    if (!apps_hosted[found].has_ended)
        return true;
    raw_head_release(head);
    forward_refuse_ended(connection);
    return false;
}

static void go_on(uv_timer_t *timer);
static uv_timer_t turn;

static void go_on_if_deferred(struct connection *connection, void *opaque)
{
    (void)opaque;
    if (!connection->is_deferred)
        return;
    connection->is_deferred = false;
    connection_go_on(connection);
}

static void go_on(uv_timer_t *timer)
{
    (void)timer;
    connection_for_each(go_on_if_deferred, NULL);
}

/* Should an app end, it must leave nobody else's calls on the stack above its own: the next request of a connection
 * waits for the loop's next turn. */
void apps_go_on(struct connection *connection)
{
    if (turn.type != UV_TIMER)
        uv_timer_init(loop_get(), &turn);
    connection->is_deferred = true;
    uv_timer_start(&turn, go_on, 0, 0);
}
