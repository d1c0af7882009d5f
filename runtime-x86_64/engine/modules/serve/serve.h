/* The HTTP/1.1 server of `export default { fetch }`.
 *
 * One read buffer serves all connections. A request that came whole and is answered at once is never copied: its head
 * and body stay slices of that buffer. What outlives the turn (a handler that awaits, a head in pieces) takes its bytes
 * along.
 *
 *   connection.c   sockets: reading, writing, time limits, closing
 *   message.c      llhttp's callbacks: spans of one request
 *   exchange.c     one request into JavaScript, its response out again
 *   response.c     the bytes of a response
 *   module.c       listening, draining
 */
#ifndef UNIK_SERVE_H
#define UNIK_SERVE_H

#include <llhttp.h>
#include <uv.h>
#include "../../text.h"
#include "../fetch-types/request.h"
#include "../fetch-types/response.h"

/* Limits, all per connection or request. */
#define HEAD_SIZE_MAX (16 * 1024)
#define HEADER_COUNT_MAX 100
#define BODY_SIZE_MAX (16 * 1024 * 1024)
#define PIPELINED_SIZE_MAX (64 * 1024) /* read ahead while a request is being answered */
#define CONNECTION_COUNT_MAX 8192
/* Time limits in ms; they are looked at every SWEEP_INTERVAL. */
#define HEAD_TIMEOUT 30000  /* from the first byte, or from connecting, to the end of the head */
#define BODY_TIMEOUT 300000 /* to the end of the request */
#define IDLE_TIMEOUT 60000  /* between requests */
#define WRITE_TIMEOUT 60000 /* for a client that does not read */
#define LINGER_TIMEOUT 2000 /* after the last byte, so that the client can read it before a reset */
#define SWEEP_INTERVAL 1000
#define DRAIN_TIMEOUT 10000 /* from the signal to stop to the end */

/* One request while it comes in. Offsets count from `base`, where its first byte stands. */
struct message {
    const char *base;
    bool has_begun, head_is_complete, is_complete, keeps_alive, is_http_1_0;
    bool in_value; /* the last span was of a header's value */
    bool expects_continue;
    int error_status; /* why a callback stopped the parser */
    uint8_t method;
    uint8_t host_count;
    uint32_t target, target_size;
    uint32_t head_size; /* bytes of the head, once it is complete */
    uint32_t trailer_size;
    uint32_t header_count;
    struct raw_header headers[HEADER_COUNT_MAX];
    const char *body; /* where it stands in the buffer, or NULL */
    size_t body_size;
    struct text body_pieces; /* the body, once it is more than one piece */
};

struct connection {
    uv_tcp_t socket;
    struct connection *next, **link; /* list of all */
    uint32_t references;             /* the socket's, and one for each callback that waits for the handler */
    enum connection_state {
        CONNECTION_READING, /* for a request */
        CONNECTION_BUSY,    /* the handler has it */
        CONNECTION_WRITING, /* the client is slow to read */
        CONNECTION_LINGERING,
        CONNECTION_CLOSED,
    } state;
    bool is_idle;       /* reading, and nothing of a request is there yet */
    bool is_processing; /* guards against re-entry */
    bool has_ended;     /* the client sends nothing more */
    bool is_paused;     /* not reading, until the pipelined requests are answered */
    bool closes_after;  /* the response under way is the last */
    uint64_t deadline;  /* ms of the loop's clock, UINT64_MAX: none */
    uv_shutdown_t shutdown;
    llhttp_t parser;
    struct message message;
    struct text pending;     /* read, and not yet used: part of a head, or pipelined requests */
    size_t parsed_size;      /* of `pending`, already given to the parser */
    struct request *request; /* while JavaScript holds it and it borrows from the buffers */
    struct headers *head;    /* likewise */
    struct app *app;         /* whose the request is, among several */
    bool is_deferred;        /* see apps_go_on */
};

/* connection.c */
void connection_accept(uv_stream_t *listener);
void connection_reference(struct connection *connection);
void connection_release(struct connection *connection);
void connection_close(struct connection *connection);
/* Writes, or queues a copy of what the socket does not take now. The pieces must be all of one response. */
void connection_write(struct connection *connection, uv_buf_t *pieces, unsigned count, bool is_last);
/* The response is written: on to the next request. */
void connection_next(struct connection *connection);
/* The same, outside of `process`. */
void connection_go_on(struct connection *connection);
/* `function` may close the connection that it gets. */
void connection_for_each(void (*function)(struct connection *connection, void *opaque), void *opaque);
/* Answers with a status only and closes. */
void connection_refuse(struct connection *connection, int status);
/* Closes what is idle; the rest closes after its response. */
void connection_drain_all(void);
extern uint32_t connection_count;
extern bool connection_is_draining;

/* message.c */
void message_init(struct connection *connection);
void message_reset(struct message *message);
/* The bytes at `base` are about to go: the body's part of them is copied. false: no memory. */
bool message_keep_body(struct message *message);

/* exchange.c */
int exchange_set_handler(JSContext *ctx, JSValueConst app);
bool exchange_has_handler(void);
/* Hands the complete message to the handler. */
void exchange_begin(struct connection *connection);
/* What JavaScript still holds of the request gets its own copy. false: no memory. */
bool exchange_keep(struct connection *connection);
void exchange_forget(struct connection *connection);

/* response.c */
void response_write(struct connection *connection, JSContext *ctx, struct response *response);
void response_write_status(struct connection *connection, int status, bool closes);
void response_write_text(struct connection *connection, int status, const char *text, size_t size, bool closes);
void response_write_continue(struct connection *connection);

/* date.c: an IMF-fixdate (RFC 9110, 5.6.7), 29 characters, of this second. */
const char *date_now(uv_loop_t *loop);

/* server.c */
void server_connection_gone(void);
/* 0, or -1 with an exception. */
int serve_listen(JSContext *ctx);

/* modules/apps/forward.c */
/* Finds the request's app and what of the head it is to see, or answers itself: false. */
OF_SEVERAL bool apps_route(struct connection *connection, struct raw_head *head);
OF_SEVERAL void apps_go_on(struct connection *connection);
void forward_refuse_ended(struct connection *connection);

#endif
