/* The bytes of a response (RFC 9112): head and body leave in one write. */
#include <string.h>
#include "serve.h"

static const struct {
    uint16_t status;
    const char *phrase;
} phrases[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {203, "Non-Authoritative Information"},
    {204, "No Content"},
    {205, "Reset Content"},
    {206, "Partial Content"},
    {207, "Multi-Status"},
    {300, "Multiple Choices"},
    {301, "Moved Permanently"},
    {302, "Found"},
    {303, "See Other"},
    {304, "Not Modified"},
    {307, "Temporary Redirect"},
    {308, "Permanent Redirect"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {402, "Payment Required"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {406, "Not Acceptable"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {410, "Gone"},
    {411, "Length Required"},
    {412, "Precondition Failed"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {416, "Range Not Satisfiable"},
    {417, "Expectation Failed"},
    {418, "I'm a Teapot"},
    {421, "Misdirected Request"},
    {422, "Unprocessable Content"},
    {423, "Locked"},
    {424, "Failed Dependency"},
    {425, "Too Early"},
    {426, "Upgrade Required"},
    {428, "Precondition Required"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {451, "Unavailable For Legal Reasons"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {502, "Bad Gateway"},
    {503, "Service Unavailable"},
    {504, "Gateway Timeout"},
    {505, "HTTP Version Not Supported"},
    {507, "Insufficient Storage"},
    {511, "Network Authentication Required"},
};

/* Used again by every response: each is written or copied before the next begins. */
static struct text head;

static const char *find_phrase(int status)
{
    for (size_t i = 0; i < countof(phrases); i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Unknown";
}

static void append_literal(const char *literal)
{
    text_append(&head, literal, strlen(literal));
}

static void append_status_line(JSContext *ctx, int status, JSValueConst status_text)
{
    if (likely(status == 200 && !JS_IsString(status_text))) {
        text_append(&head, "HTTP/1.1 200 OK\r\n", 17);
        return;
    }
    struct byte_string text;
    append_literal("HTTP/1.1 ");
    text_append_uint(&head, status);
    text_append_char(&head, ' ');
    if (JS_IsString(status_text) && byte_string_from_value(ctx, status_text, &text) == 0) {
        text_append(&head, text.data, text.size);
        byte_string_free(&text);
    } else {
        append_literal(find_phrase(status));
    }
    text_append(&head, "\r\n", 2);
}

/* What the response's own headers say that the framing has to know. */
struct framing {
    bool closes, has_date, has_length;
};

static bool is_named(const struct header_view *header, const char *name, size_t size)
{
    return header->name_size == size && memcmp(header->name, name, size) == 0;
}

/* Framing is ours: a length or a coding that the app has set cannot be trusted to fit the body. */
static bool is_framing(const struct header_view *header, struct framing *framing, bool keeps_length)
{
    if (is_named(header, "connection", 10)) {
        framing->closes |= ascii_equal_ignoring_case(header->value, header->value_size, "close", 5);
        return true;
    }
    if (is_named(header, "content-length", 14)) {
        framing->has_length = keeps_length;
        return !keeps_length;
    }
    framing->has_date |= is_named(header, "date", 4);
    return is_named(header, "transfer-encoding", 17) || is_named(header, "keep-alive", 10);
}

static void append_headers(const struct response *response, struct framing *framing, bool keeps_length)
{
    if (response->implied_type) {
        append_literal("content-type: ");
        append_literal(response->implied_type);
        text_append(&head, "\r\n", 2);
    }
    if (!response->headers)
        return;
    for (uint32_t i = 0; i < headers_count(response->headers); i++) {
        struct header_view header = headers_at(response->headers, i);
        if (is_framing(&header, framing, keeps_length))
            continue;
        text_append(&head, header.name, header.name_size);
        text_append(&head, ": ", 2);
        text_append(&head, header.value, header.value_size);
        text_append(&head, "\r\n", 2);
    }
}

static void append_date(uv_loop_t *loop)
{
    text_append(&head, "date: ", 6);
    text_append(&head, date_now(loop), 29);
    text_append(&head, "\r\n", 2);
}

static void append_length(size_t size)
{
    text_append(&head, "content-length: ", 16);
    text_append_uint(&head, size);
    text_append(&head, "\r\n", 2);
}

static void append_connection(const struct connection *connection, bool closes)
{
    if (closes)
        append_literal("connection: close\r\n");
    else if (connection->message.is_http_1_0)
        append_literal("connection: keep-alive\r\n");
    text_append(&head, "\r\n", 2);
}

static bool closes_connection(const struct connection *connection)
{
    return !connection->message.keeps_alive || connection_is_draining;
}

void response_write(struct connection *connection, JSContext *ctx, struct response *response)
{
    struct body *body = &response->body;
    struct utf8 utf8 = {0};
    struct framing framing = {.closes = closes_connection(connection)};
    bool is_head = connection->message.method == HTTP_HEAD;
    bool has_no_length = response->status == 204 || response->status == 304;
    if (body->kind == BODY_STRING && utf8_from_value(ctx, body->string, &utf8)) {
        JS_FreeValue(ctx, JS_GetException(ctx));
        response_write_status(connection, 500, true);
        return;
    }
    const char *data = body->kind == BODY_STRING ? utf8.data : (const char *)body->bytes;
    size_t size = body->kind == BODY_STRING ? utf8.size : body->size;
    body->is_used = body->kind != BODY_NONE;
    head.size = 0;
    append_status_line(ctx, response->status, response->status_text);
    append_headers(response, &framing, body->kind == BODY_NONE && (is_head || response->status == 304));
    if (!framing.has_date)
        append_date(connection->socket.loop);
    if (!has_no_length && !framing.has_length)
        append_length(size);
    append_connection(connection, framing.closes);
    uv_buf_t pieces[] = {uv_buf_init(head.data, head.size), uv_buf_init((char *)data, size)};
    if (head.failed)
        connection_close(connection);
    else
        connection_write(connection, pieces, is_head || size == 0 || has_no_length ? 1 : 2, framing.closes);
    head.failed = false;
    if (body->kind == BODY_STRING)
        utf8_free(ctx, &utf8);
}

void response_write_status(struct connection *connection, int status, bool closes)
{
    const char *phrase = find_phrase(status);
    response_write_text(connection, status, phrase, strlen(phrase), closes);
}

void response_write_text(struct connection *connection, int status, const char *text, size_t size, bool closes)
{
    bool is_head = connection->message.method == HTTP_HEAD && connection->message.head_is_complete;
    closes |= closes_connection(connection);
    head.size = 0;
    append_status_line(running->context, status, JS_UNDEFINED);
    append_literal("content-type: text/plain;charset=UTF-8\r\n");
    append_date(connection->socket.loop);
    append_length(size);
    append_connection(connection, closes);
    uv_buf_t pieces[] = {uv_buf_init(head.data, head.size), uv_buf_init((char *)text, size)};
    connection_write(connection, pieces, is_head ? 1 : 2, closes);
}

/* RFC 9110, 10.1.1. Should the socket not take it, the client sends its body after a while without. */
void response_write_continue(struct connection *connection)
{
    static const char response[] = "HTTP/1.1 100 Continue\r\n\r\n";
    uv_buf_t piece = uv_buf_init((char *)response, sizeof response - 1);
    uv_try_write((uv_stream_t *)&connection->socket, &piece, 1);
}
