/* llhttp's callbacks. No lenient flag is set: what is ambiguous is refused, so that nothing before us can have seen
 * other requests than we do. */
#include <string.h>
#include "serve.h"

static struct message *message_of(llhttp_t *parser)
{
    return &((struct connection *)parser->data)->message;
}

static int stop(struct message *message, int status)
{
    message->error_status = status;
    return HPE_USER;
}

void message_reset(struct message *message)
{
    text_free(&message->body_pieces);
    memset(message, 0, offsetof(struct message, headers));
    message->body = NULL;
    message->body_size = 0;
}

static int on_message_begin(llhttp_t *parser)
{
    message_of(parser)->has_begun = true;
    return 0;
}

/* Spans of one element follow each other without a gap; an obsolete line folding would make one. */
static int add_span(struct message *message, uint32_t *start, uint32_t *size, const char *at, size_t length)
{
    uint32_t offset = at - message->base;
    if (*size == 0)
        *start = offset;
    else if (*start + *size != offset)
        return stop(message, 400);
    *size += length;
    return offset + length > HEAD_SIZE_MAX ? stop(message, 431) : 0;
}

static int on_url(llhttp_t *parser, const char *at, size_t length)
{
    struct message *message = message_of(parser);
    return add_span(message, &message->target, &message->target_size, at, length);
}

static int count_trailer(struct message *message, size_t length)
{
    message->trailer_size += length;
    return message->trailer_size > HEAD_SIZE_MAX ? stop(message, 431) : 0;
}

static int on_header_field(llhttp_t *parser, const char *at, size_t length)
{
    struct message *message = message_of(parser);
    if (message->head_is_complete)
        return count_trailer(message, length);
    if (message->in_value || message->header_count == 0) {
        if (message->header_count == HEADER_COUNT_MAX)
            return stop(message, 431);
        message->headers[message->header_count++] = (struct raw_header){0};
        message->in_value = false;
    }
    struct raw_header *header = &message->headers[message->header_count - 1];
    return add_span(message, &header->name, &header->name_size, at, length);
}

static int on_header_value(llhttp_t *parser, const char *at, size_t length)
{
    struct message *message = message_of(parser);
    if (message->head_is_complete)
        return count_trailer(message, length);
    message->in_value = true;
    struct raw_header *header = &message->headers[message->header_count - 1];
    return add_span(message, &header->value, &header->value_size, at, length);
}

static bool is_named(const struct message *message, const struct raw_header *header, const char *name)
{
    return ascii_equal_ignoring_case(message->base + header->name, header->name_size, name, strlen(name));
}

static int on_header_value_complete(llhttp_t *parser)
{
    struct message *message = message_of(parser);
    if (message->head_is_complete)
        return 0;
    struct raw_header *header = &message->headers[message->header_count - 1];
    message->in_value = true; /* also when it was empty */
    const char *value = message->base + header->value;
    while (header->value_size > 0 && (value[header->value_size - 1] == ' ' || value[header->value_size - 1] == '\t'))
        header->value_size--;
    if (is_named(message, header, "host"))
        message->host_count++;
    else if (is_named(message, header, "expect"))
        message->expects_continue = ascii_equal_ignoring_case(value, header->value_size, "100-continue", 12);
    return 0;
}

/* RFC 9112, 3.2: exactly one Host, but in HTTP/1.0. */
static bool has_valid_host(const llhttp_t *parser, const struct message *message)
{
    bool is_http_1_0 = parser->http_major == 1 && parser->http_minor == 0;
    return message->host_count == 1 || (message->host_count == 0 && is_http_1_0);
}

static int on_headers_complete(llhttp_t *parser)
{
    struct connection *connection = parser->data;
    struct message *message = &connection->message;
    message->head_is_complete = true;
    message->method = parser->method;
    message->is_http_1_0 = parser->http_major == 1 && parser->http_minor == 0;
    if (parser->method == HTTP_CONNECT)
        return stop(message, 501);
    if (!has_valid_host(parser, message))
        return stop(message, 400);
    if (parser->content_length > BODY_SIZE_MAX)
        return stop(message, 413);
    parser->upgrade = 0; /* we offer nothing to upgrade to; the request stands as it is */
    connection->deadline = uv_now(connection->socket.loop) + BODY_TIMEOUT;
    bool has_body = parser->content_length > 0 || parser->flags & F_CHUNKED;
    if (message->expects_continue && has_body && !message->is_http_1_0)
        response_write_continue(connection);
    return 0;
}

bool message_keep_body(struct message *message)
{
    if (message->body)
        text_append(&message->body_pieces, message->body, message->body_size);
    message->body = NULL;
    message->body_size = 0;
    return !message->body_pieces.failed;
}

static int on_body(llhttp_t *parser, const char *at, size_t length)
{
    struct message *message = message_of(parser);
    if (message->body_pieces.size + message->body_size + length > BODY_SIZE_MAX)
        return stop(message, 413);
    if (message->body && message->body + message->body_size == at) {
        message->body_size += length;
        return 0;
    }
    if (message->body || message->body_pieces.size > 0) {
        message_keep_body(message);
        text_append(&message->body_pieces, at, length);
        return message->body_pieces.failed ? stop(message, 503) : 0;
    }
    message->body = at;
    message->body_size = length;
    return 0;
}

static int on_message_complete(llhttp_t *parser)
{
    struct message *message = message_of(parser);
    message->is_complete = true;
    message->keeps_alive = llhttp_should_keep_alive(parser);
    return HPE_PAUSED;
}

void message_init(struct connection *connection)
{
    static const llhttp_settings_t settings = {
        .on_message_begin = on_message_begin,
        .on_url = on_url,
        .on_header_field = on_header_field,
        .on_header_value = on_header_value,
        .on_header_value_complete = on_header_value_complete,
        .on_headers_complete = on_headers_complete,
        .on_body = on_body,
        .on_message_complete = on_message_complete,
    };
    llhttp_init(&connection->parser, HTTP_REQUEST, &settings);
    connection->parser.data = connection;
    message_reset(&connection->message);
}
