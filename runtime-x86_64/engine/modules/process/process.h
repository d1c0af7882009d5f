/* The parts of process: events (events.c), signals (signals.c), nextTick (tick.c). */
#ifndef UNIK_PROCESS_H
#define UNIK_PROCESS_H

#include "../../bytes.h"

/* events.c */
enum { LISTENER_LAST, LISTENER_FIRST, LISTENER_ONCE };
void process_events_init(JSValueConst process);
JSValue process_add_listener(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv, int how);
JSValue process_remove_listener(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv);
JSValue process_remove_all_listeners(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv);
JSValue process_listener_count(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv);
JSValue process_emit_event(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv);
/* Calls the listeners; an exception of one ends the program. Whether there was any. */
bool process_emit(JSContext *ctx, const char *name, int argc, JSValueConst *argv);

/* signals.c: `name` is an event's; those that are no signal's are none of its business. */
void process_watch_signal(const char *name, bool is_watched);

/* kill(pid, name or number) */
JSValue process_kill(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv);

/* tick.c */
JSValue process_next_tick(JSContext *ctx, JSValueConst this_value, int argc, JSValueConst *argv);
int process_queue_tick(JSContext *ctx, JSValueConst function, int argc, JSValueConst *argv);

#endif
