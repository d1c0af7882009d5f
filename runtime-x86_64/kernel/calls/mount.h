/* Trees over directories: mount-tree.c has them, mount.c the system calls. */
#pragma once
#include "fs/mount.h"

/* An empty tmpfs in place of the directory. -EBUSY, -ENOMEM */
int mount_new(struct inode *at, uint32_t mode, bool read_only);
/* The mount whose root this is, or NULL. */
struct mount *mount_of(const struct inode *root);
void mount_set_read_only(const struct inode *root, bool read_only);
/* Everything in it goes, but what is still open. -EBUSY when something is open, unless
 * `lazily`, or mounted in it. */
int mount_end(struct mount *m, bool lazily);
