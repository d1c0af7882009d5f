#include <stdlib.h>
#include <string.h>
#include "serve.h"

#define READ_SIZE (64 * 1024)

uint32_t connection_count;
bool connection_is_draining;
static char read_buffer[READ_SIZE];
static struct connection *first;
static uv_timer_t sweep_timer;
static bool sweep_is_ready;

static void process(struct connection *connection, const char *data, size_t size);
static void read_into_buffer(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer);

static uint64_t now(const struct connection *connection)
{
    return uv_now(connection->socket.loop);
}

void connection_reference(struct connection *connection)
{
    connection->references++;
}

void connection_release(struct connection *connection)
{
    if (--connection->references > 0)
        return;
    text_free(&connection->pending);
    text_free(&connection->message.body_pieces);
    free(connection);
}

static void on_closed(uv_handle_t *handle)
{
    connection_release((struct connection *)handle);
}

void connection_close(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSED)
        return;
    connection->state = CONNECTION_CLOSED;
    exchange_forget(connection);
    *connection->link = connection->next;
    if (connection->next)
        connection->next->link = connection->link;
    connection_count--;
    if (!first)
        uv_timer_stop(&sweep_timer);
    uv_close((uv_handle_t *)&connection->socket, on_closed);
    server_connection_gone();
}

static void sweep(uv_timer_t *timer)
{
    uint64_t time = uv_now(timer->loop);
    for (struct connection *connection = first, *next; connection; connection = next) {
        next = connection->next;
        if (connection->deadline > time)
            continue;
        bool is_late_request = connection->state == CONNECTION_READING && !connection->is_idle;
        if (is_late_request)
            connection_refuse(connection, 408);
        else
            connection_close(connection);
    }
}

void connection_for_each(void (*function)(struct connection *connection, void *opaque), void *opaque)
{
    for (struct connection *connection = first, *next; connection; connection = next) {
        next = connection->next;
        function(connection, opaque);
    }
}

static void start_sweeping(uv_loop_t *loop)
{
    if (!sweep_is_ready) {
        uv_timer_init(loop, &sweep_timer);
        uv_unref((uv_handle_t *)&sweep_timer);
        sweep_is_ready = true;
    }
    if (!uv_is_active((uv_handle_t *)&sweep_timer))
        uv_timer_start(&sweep_timer, sweep, SWEEP_INTERVAL, SWEEP_INTERVAL);
}

static void offer_buffer(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct connection *connection = (struct connection *)handle;
    (void)suggested;
    bool appends = connection->pending.size > 0 && !connection->message.head_is_complete;
    if (connection->state == CONNECTION_BUSY || connection->state == CONNECTION_WRITING || appends) {
        char *room = text_reserve(&connection->pending, 4096);
        *buffer = uv_buf_init(room, room ? connection->pending.capacity - connection->pending.size : 0);
    } else {
        *buffer = uv_buf_init(read_buffer, sizeof read_buffer);
    }
}

static void pause_reading(struct connection *connection)
{
    uv_read_stop((uv_stream_t *)&connection->socket);
    connection->is_paused = true;
}

static void resume_reading(struct connection *connection)
{
    if (!connection->is_paused)
        return;
    connection->is_paused = false;
    if (!connection->has_ended)
        uv_read_start((uv_stream_t *)&connection->socket, offer_buffer, read_into_buffer);
}

/* The client has the response when it has closed, or after a while. Until then what it sends is thrown away: closing
 * with unread data would reset the connection, and the response might be lost with it. */
static void linger(struct connection *connection)
{
    connection->state = CONNECTION_LINGERING;
    connection->deadline = now(connection) + LINGER_TIMEOUT;
    if (connection->has_ended || uv_shutdown(&connection->shutdown, (uv_stream_t *)&connection->socket, NULL))
        connection_close(connection);
    else
        resume_reading(connection);
}

static void on_end(struct connection *connection)
{
    connection->has_ended = true;
    uv_read_stop((uv_stream_t *)&connection->socket);
    /* A client may close its half and still wait for the answer. */
    if (connection->state != CONNECTION_BUSY && connection->state != CONNECTION_WRITING)
        connection_close(connection);
}

static void read_into_buffer(uv_stream_t *stream, ssize_t size, const uv_buf_t *buffer)
{
    struct connection *connection = (struct connection *)stream;
    if (size == UV_EOF)
        on_end(connection);
    else if (size < 0)
        connection_close(connection);
    if (size <= 0 || connection->state == CONNECTION_LINGERING)
        return;
    bool is_pending = buffer->base != read_buffer;
    if (is_pending)
        connection->pending.size += size;
    if (connection->state == CONNECTION_READING) {
        const char *data = is_pending ? connection->pending.data : read_buffer;
        process(connection, data, is_pending ? connection->pending.size : (size_t)size);
    } else if (connection->pending.size > PIPELINED_SIZE_MAX) {
        pause_reading(connection);
    }
}

/* Keeps `size` bytes at `data`, which may stand in `pending` itself, as all that is pending. */
static bool set_pending(struct connection *connection, const char *data, size_t size)
{
    struct text *pending = &connection->pending;
    if (size == 0) {
        text_free(pending);
    } else if (pending->data && data >= pending->data && data <= pending->data + pending->size) {
        memmove(pending->data, data, size);
        pending->size = size;
    } else {
        pending->size = 0;
        text_append(pending, data, size);
    }
    return !pending->failed;
}

/* The block ends within a message: its head, or what there is of it, has to stay. */
static void keep_incomplete(struct connection *connection, const char *data, size_t size)
{
    struct message *message = &connection->message;
    bool is_kept;
    if (message->head_is_complete) {
        is_kept = message_keep_body(message) && set_pending(connection, message->base, message->head_size);
    } else if (size > HEAD_SIZE_MAX) {
        connection_refuse(connection, 431);
        return;
    } else {
        is_kept = set_pending(connection, data, message->has_begun ? size : 0);
        connection->parsed_size = connection->pending.size;
    }
    message->base = connection->pending.data;
    connection->is_idle = !message->has_begun;
    if (!is_kept)
        connection_refuse(connection, 503);
}

/* llhttp stops behind the head only at the message's end: the head's size is where its last header ends. */
static void note_head_size(struct message *message)
{
    if (message->head_size || !message->head_is_complete)
        return;
    message->head_size = message->target + message->target_size;
    if (message->header_count > 0) {
        const struct raw_header *last = &message->headers[message->header_count - 1];
        uint32_t name_end = last->name + last->name_size, value_end = last->value + last->value_size;
        message->head_size = value_end > name_end ? value_end : name_end;
    }
}

static void refuse_malformed(struct connection *connection)
{
    int status = connection->message.error_status;
    connection_refuse(connection, status ? status : 400);
}

/* What of the block has not been used. */
struct rest {
    const char *data;
    size_t size;
};

/* Parses up to the end of a message. false: there is none in the block, or none to be answered. */
static bool parse_message(struct connection *connection, struct rest *rest)
{
    struct message *message = &connection->message;
    size_t skipped = message->head_is_complete ? 0 : connection->parsed_size;
    if (!message->head_is_complete)
        message->base = rest->data;
    llhttp_errno_t error = llhttp_execute(&connection->parser, rest->data + skipped, rest->size - skipped);
    note_head_size(message);
    if (connection->state != CONNECTION_READING)
        return false;
    if (error == HPE_PAUSED && message->is_complete) {
        const char *end = llhttp_get_error_pos(&connection->parser);
        rest->size -= end - rest->data;
        rest->data = end;
        connection->parsed_size = 0;
        return true;
    }
    if (error == HPE_OK)
        keep_incomplete(connection, rest->data, rest->size);
    else
        refuse_malformed(connection);
    return false;
}

static void answer_message(struct connection *connection, const struct rest *rest)
{
    connection->state = CONNECTION_BUSY;
    connection->deadline = UINT64_MAX;
    exchange_begin(connection);
    bool is_waiting = connection->state == CONNECTION_BUSY || connection->state == CONNECTION_WRITING;
    if (is_waiting && (!exchange_keep(connection) || !set_pending(connection, rest->data, rest->size)))
        connection_close(connection);
}

/* `data` holds the current message from its beginning, or, once the head is complete, the next part of the body. */
static void process(struct connection *connection, const char *data, size_t size)
{
    struct rest rest = {data, size};
    if (connection->is_idle) {
        connection->is_idle = false;
        connection->deadline = now(connection) + HEAD_TIMEOUT;
    }
    connection->is_processing = true;
    connection_reference(connection);
    while (connection->state == CONNECTION_READING && rest.size > 0 && parse_message(connection, &rest))
        answer_message(connection, &rest);
    if (connection->state == CONNECTION_READING && rest.size == 0)
        set_pending(connection, NULL, 0);
    connection->is_processing = false;
    connection_release(connection);
}

void connection_next(struct connection *connection)
{
    if (connection->state == CONNECTION_CLOSED)
        return;
    if (connection->closes_after || connection_is_draining) {
        linger(connection);
        return;
    }
    llhttp_resume(&connection->parser);
    message_reset(&connection->message);
    connection->state = CONNECTION_READING;
    connection->is_idle = true;
    connection->deadline = now(connection) + IDLE_TIMEOUT;
    if (connection->is_processing)
        return;
    if (connection->pending.size > 0 && unlikely(apps_go_on))
        apps_go_on(connection);
    else
        connection_go_on(connection);
}

void connection_go_on(struct connection *connection)
{
    if (connection->state != CONNECTION_READING)
        return;
    connection->parsed_size = 0;
    if (connection->pending.size > 0)
        process(connection, connection->pending.data, connection->pending.size);
    if (connection->state != CONNECTION_READING)
        return;
    if (connection->has_ended)
        connection_close(connection);
    else
        resume_reading(connection);
}

void connection_refuse(struct connection *connection, int status)
{
    response_write_status(connection, status, true);
}

struct queued_write {
    uv_write_t request;
    char data[];
};

static void on_written(uv_write_t *request, int status)
{
    struct connection *connection = request->data;
    free(request);
    if (status < 0)
        connection_close(connection);
    else if (connection->state == CONNECTION_WRITING)
        connection_next(connection);
    connection_release(connection);
}

static void queue_rest(struct connection *connection, const uv_buf_t *pieces, unsigned count, size_t skip)
{
    size_t size = 0, at = 0;
    for (unsigned i = 0; i < count; i++)
        size += pieces[i].len;
    struct queued_write *queued = malloc(sizeof *queued + size - skip);
    if (!queued) {
        connection_close(connection);
        return;
    }
    for (unsigned i = 0; i < count; i++) {
        size_t skipped = skip < pieces[i].len ? skip : pieces[i].len;
        memcpy(queued->data + at, pieces[i].base + skipped, pieces[i].len - skipped);
        at += pieces[i].len - skipped;
        skip -= skipped;
    }
    queued->request.data = connection;
    uv_buf_t rest = uv_buf_init(queued->data, at);
    connection_reference(connection);
    connection->state = CONNECTION_WRITING;
    connection->deadline = now(connection) + WRITE_TIMEOUT;
    if (uv_write(&queued->request, (uv_stream_t *)&connection->socket, &rest, 1, on_written)) {
        free(queued);
        connection_close(connection);
        connection_release(connection);
    }
}

void connection_write(struct connection *connection, uv_buf_t *pieces, unsigned count, bool is_last)
{
    size_t size = 0;
    for (unsigned i = 0; i < count; i++)
        size += pieces[i].len;
    int written = uv_try_write((uv_stream_t *)&connection->socket, pieces, count);
    connection->closes_after |= is_last;
    if (written == UV_EAGAIN)
        written = 0;
    if (written < 0)
        connection_close(connection);
    else if ((size_t)written < size)
        queue_rest(connection, pieces, count, written);
    else
        connection_next(connection);
}

static void refuse_overload(uv_stream_t *socket)
{
    static const char response[] = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    uv_buf_t piece = uv_buf_init((char *)response, sizeof response - 1);
    uv_try_write(socket, &piece, 1);
}

void connection_accept(uv_stream_t *listener)
{
    struct connection *connection = calloc(1, sizeof *connection);
    if (!connection || uv_tcp_init(listener->loop, &connection->socket)) {
        free(connection);
        return;
    }
    connection->references = 1;
    connection->link = &first;
    connection->next = first;
    if (first)
        first->link = &connection->next;
    first = connection;
    connection_count++;
    message_init(connection);
    uv_tcp_nodelay(&connection->socket, 1);
    connection->deadline = uv_now(listener->loop) + HEAD_TIMEOUT;
    connection->is_idle = true;
    start_sweeping(listener->loop);
    if (uv_accept(listener, (uv_stream_t *)&connection->socket)) {
        connection_close(connection);
        return;
    }
    if (connection_count > CONNECTION_COUNT_MAX) {
        refuse_overload((uv_stream_t *)&connection->socket);
        connection_close(connection);
        return;
    }
    uv_read_start((uv_stream_t *)&connection->socket, offer_buffer, read_into_buffer);
}

void connection_drain_all(void)
{
    connection_is_draining = true;
    for (struct connection *connection = first, *next; connection; connection = next) {
        next = connection->next;
        if (connection->state == CONNECTION_READING && connection->is_idle)
            connection_close(connection);
    }
}
