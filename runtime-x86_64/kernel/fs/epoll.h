/* epoll: one file that tells which of many others have something. */
#pragma once
#include "fs/vfs.h"
#include "abi/epoll.h"

#define EPOLL_BATCH 64

struct file *epoll_new(void); /* NULL when out of memory */
bool file_is_epoll(const struct file *f);
int epoll_control(struct file *ep, int operation, int fd, struct file *target, const struct epoll_event *event);
/* Up to `max` (<= EPOLL_BATCH) events that hold now: how many. Never sleeps. */
unsigned epoll_harvest(struct file *ep, struct epoll_event *out, unsigned max);
/* Until epoll_harvest may find something: as waitq_sleep. */
int epoll_sleep(struct file *ep, uint64_t deadline);
/* The last reference of a file that is registered somewhere is gone. */
void epoll_file_released(struct file *f);
