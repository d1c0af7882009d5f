/* Several apps in one program: each has a runtime, a context and module state of its own; loop and server are shared.
 *
 *   module.c    from the table of apps to the loop
 *   switch.c    which app runs, and how one ends without the others
 *   heap.c      its memory
 *   route.c     host name or path -> app
 *   forward.c   a request on its way to its app
 */
#ifndef UNIK_APPS_H
#define UNIK_APPS_H

#include "../../engine.h"
#include "../../program.h"
#include "../../text.h"

struct hosted {
    struct app *app;
    void **states; /* one for each row of the table of states */
    void *guard;   /* jmp_buf *: where its end leads to, while it runs */
    void *heap;    /* mi_heap_t *, once it has a runtime */
    bool has_ended;
};
extern struct hosted *apps_hosted; /* unik_apps.count of them */

/* switch.c */
/* Gives every app its states. false: no memory. */
bool apps_make(void);
/* Makes `hosted` the running app. */
void apps_enter(const struct hosted *hosted);

/* heap.c: nothing of the app's JavaScript may be on the stack. */
void heap_release(struct hosted *hosted);

/* route.c: all give the index of an app, or -1. */
/* The host of `host[:port]` in lower case, without a last dot. Its size, or -1 when it is malformed. */
#define HOST_SIZE_MAX 255
int route_parse_authority(const char *text, size_t size, char host[HOST_SIZE_MAX]);
int route_by_host(const char *host, size_t size);
/* `prefix` is the row whose text the path begins with. */
int route_by_path(const char *path, size_t size, const struct unik_route **prefix);
/* Whether a client before us would have sent the path in another form (URL Standard, 4.4: path state), and that form.
 */
bool route_path_is_normal(const char *path, size_t size);
void route_normalize_path(const char *path, size_t size, struct text *out);

#endif
