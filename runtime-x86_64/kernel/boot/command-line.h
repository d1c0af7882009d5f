/* The two steps of boot/command-line.c; what everyone else asks is in boot/boot.h. */
#pragma once
#include "boot/boot.h"

/* Joins the build's default and the loader's line (at most loader_max bytes): the kernel's words of both, then `--` and
 * the app's arguments: the loader's when it has any, else the default's. Cut short when it does not fit. Keeps no
 * pointer. */
void command_line_join(char *out, size_t size, const char *defaults, const char *loader, size_t loader_max);
/* Whether the word stands among the kernel's; for those who cannot wait for command_line_parse. Keeps no pointer. */
bool command_line_has(const char *line, const char *word);
/* Splits boot_info.command_line into words; before anyone asks for a parameter. */
void command_line_parse(const char *line);
