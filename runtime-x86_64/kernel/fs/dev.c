/* /dev: one node for every DEVICE in fs/dev/, the customary links, and /dev/shm. It is filled when first looked into;
 * programs may add files of their own. */
#include "fs/vfs.h"

extern const struct device_node *const __start_unik_devices[] __attribute__((weak, visibility("hidden")));
extern const struct device_node *const __stop_unik_devices[] __attribute__((weak, visibility("hidden")));

static int device_open(struct inode *i, struct file *f)
{
    const struct device_node *node = i->device.node;
    if (!node)
        return -ENXIO;
    f->ops = node->ops;
    return node->open ? node->open(f) : 0;
}

static void device_stat(struct inode *i, struct kstat *st)
{
    st->rdev = i->device.rdev;
}

static const struct inode_ops device_ops = {.open = device_open, .stat = device_stat};

static struct inode *new_node(enum fs_id fs, uint32_t mode, uint64_t rdev, const struct device_node *node)
{
    struct inode *i = inode_new(fs, mode, &device_ops);
    if (!i)
        return NULL;
    i->device.rdev = rdev;
    i->device.node = node;
    return i;
}

struct inode *device_inode(uint32_t mode, uint64_t rdev)
{
    const struct device_node *found = NULL;
    for (const struct device_node *const *n = __start_unik_devices; n < __stop_unik_devices; n++)
        if ((mode & S_IFMT) == S_IFCHR && device_number((*n)->major, (*n)->minor) == rdev)
            found = *n;
    return new_node(FS_ROOT, mode, rdev, found);
}

/* Gives up the creator's reference. */
static int add(struct inode *dev, const char *name, struct inode *i)
{
    int err = i ? dentry_add(dev, name, strlen(name), i, true) : -ENOMEM;
    if (!err)
        i->nlink++;
    inode_put(i);
    return err;
}

int dev_add_node(struct inode *dev, uint32_t type, const struct device_node *node)
{
    return add(dev, node->name, new_node(FS_DEV, type | node->mode, device_number(node->major, node->minor), node));
}

static int dev_populate(struct inode *dev)
{
    static const char *const links[][2] = {
        {"fd", "/proc/self/fd"},
        {"stdin", "/proc/self/fd/0"},
        {"stdout", "/proc/self/fd/1"},
        {"stderr", "/proc/self/fd/2"},
    };
    int err = 0;
    for (const struct device_node *const *n = __start_unik_devices; n < __stop_unik_devices && !err; n++)
        err = dev_add_node(dev, S_IFCHR, *n);
    if (vfs_disks && !err)
        err = vfs_disks->add_nodes(dev);
    for (size_t n = 0; n < ARRAY_LEN(links) && !err; n++)
        err = add(dev, links[n][0], symlink_new(FS_DEV, links[n][1], strlen(links[n][1]), true));
    if (err)
        return err;
    struct inode *shm = directory_new(FS_DEV, 01777, &directory_ops);
    err = shm ? directory_attach(dev, "shm", 3, shm, true) : -ENOMEM;
    inode_put(shm);
    return err;
}

const struct inode_ops dev_ops = {.file = &directory_file_ops, .stat = directory_stat, .populate = dev_populate};
