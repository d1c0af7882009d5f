/* /dev/console and /dev/tty: the one terminal. */
#include "fs/vfs.h"

DEVICE(console) = {.name = "console", .major = 5, .minor = 1, .mode = 0600, .ops = &tty_file_ops};
DEVICE(tty) = {.name = "tty", .major = 5, .minor = 0, .mode = 0666, .ops = &tty_file_ops};
