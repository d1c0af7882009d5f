/* Programs that begin with "#!" and the path of what shall run them (execve(2), "Interpreter scripts"). */
#include "mm/elf.h"
#include "fs/vfs.h"

#define LINE_MAX 256 /* as much as Linux reads */
#define NESTING_MAX (SCRIPT_MAX_WORDS / 2)

/* Of what cannot be opened or read, elf_exec tells. */
static void read_line(const char *path, char line[LINE_MAX])
{
    struct file *f;
    struct iter to;
    if (vfs_open(path, O_RDONLY, 0, &f))
        return;
    iter_kernel(&to, line, LINE_MAX - 1);
    if (f->inode && inode_type(f->inode) == S_IFREG)
        f->ops->read(f, &to, 0);
    file_put(f);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* Cuts "#! PATH REST" into two texts, either of them perhaps empty. */
static char *cut(char *line, char **rest)
{
    char *path = line + 2, *end = strchr(line, '\n');
    end = end ? end : line + strlen(line);
    while (end > path && is_blank(end[-1]))
        end--;
    *end = '\0';
    while (is_blank(*path))
        path++;
    for (end = path; *end && !is_blank(*end);)
        end++;
    for (*rest = end; is_blank(**rest);)
        *(*rest)++ = '\0';
    return path;
}

int script_resolve(const char ***argv)
{
    for (unsigned level = 0; level <= NESTING_MAX; level++) {
        char *line = kzalloc(LINE_MAX), *rest, *path;
        if (!line)
            return -ENOMEM;
        read_line((*argv)[0], line);
        if (line[0] != '#' || line[1] != '!') {
            kfree(line);
            return 0;
        }
        path = cut(line, &rest);
        if (!*path || level == NESTING_MAX)
            break;
        if (*rest)
            *--*argv = rest;
        *--*argv = path;
    }
    log_warn("cannot run %s: no program is found behind its #!", (*argv)[0]);
    return -ENOEXEC;
}
