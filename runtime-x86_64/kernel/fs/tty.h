/* Between fs/tty.c (the file) and fs/tty-input.c (what was typed). */
#pragma once
#include "fs/vfs.h"
#include "abi/ioctl.h"

extern struct linux_termios tty_settings;
extern struct waitq tty_changed; /* woken when there is something to read */
static inline bool tty_is_canonical(void)
{
    return tty_settings.c_lflag & ICANON;
}
void tty_output(const char *s, size_t n);

unsigned tty_readable(void);       /* bytes */
ssize_t tty_take(struct iter *to); /* one line, or in raw mode whatever is there */
void tty_flush_input(void);
void tty_keep_as_typed(void); /* between lines and raw input: what was typed can be read as it is */
