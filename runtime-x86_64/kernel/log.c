/* Lines and control records on the console. */
#include "kernel.h"
#include "boot/boot.h"

#define LINE_MAX 256

static void write_line(const char *fmt, va_list ap)
{
    char line[LINE_MAX];
    int n = format(line, sizeof line, "unik: ");
    n += format_va(line + n, sizeof line - (size_t)n - 2, fmt, ap);
    n = MIN(n, LINE_MAX - 3);
    line[n++] = '\r';
    line[n++] = '\n';
    console_write(line, (size_t)n);
}

void log_warn(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    write_line(fmt, ap);
    va_end(ap);
}

void log_info(const char *fmt, ...)
{
    static int verbose = -1;
    if (verbose < 0)
        verbose = boot_param("verbose") != NULL;
    if (!verbose)
        return;
    va_list ap;
    va_start(ap, fmt);
    write_line(fmt, ap);
    va_end(ap);
}

void log_record(const char *fmt, ...)
{
    char record[512];
    va_list ap;
    va_start(ap, fmt);
    int n = format(record, sizeof record, "\033]unik;");
    n += format_va(record + n, sizeof record - (size_t)n - 1, fmt, ap);
    n = MIN(n, (int)sizeof record - 2);
    record[n++] = '\a';
    console_write(record, (size_t)n);
    va_end(ap);
}
