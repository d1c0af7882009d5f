/* User ids and capabilities, which follow from each other. */
#pragma once
#include "fs/vfs.h"
#include "sys/sys.h"

/* sys/credentials.c: files are judged by the real ids; for access(2), which puts `vfs_ids` back. */
void credentials_use_real(void);
struct user_ids {
    uint32_t real, effective, saved;
    uint32_t *fs; /* in vfs_ids */
};
extern struct user_ids process_user, process_group;

/* sys/capability.c */
void capability_follow_user(const struct user_ids *old, const struct user_ids *now); /* set*uid */
void capability_follow_fsuid(uint32_t old, uint32_t now);
struct capability_sets {
    uint64_t inheritable, permitted, bounding, ambient;
};
extern struct capability_sets capability_sets;                  /* the effective ones are in vfs_ids */
long capability_prctl(long op, long a, long b, long c, long d); /* -ENOSYS: another's operation */
