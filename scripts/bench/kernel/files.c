/* Files of a file system in memory. */
#include "bench.h"
#include <dirent.h>
#include <sys/stat.h>

#define ENTRIES 100

MEASURE(open_close, "open and close", 5000)
{
    close(open("/tmp/file", O_RDWR | O_CREAT, 0600));
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(!close(open("/tmp/file", O_RDONLY)));
    end();
}

MEASURE(look, "stat of a path of five names", 5000)
{
    struct stat s;
    mkdir("/tmp/a", 0700);
    mkdir("/tmp/a/b", 0700);
    mkdir("/tmp/a/b/c", 0700);
    close(open("/tmp/a/b/c/d", O_RDWR | O_CREAT, 0600));
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(!stat("/tmp/a/b/c/d", &s));
    end();
}

MEASURE(look_missing, "stat of what is not there", 5000)
{
    struct stat s;
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(stat("/tmp/missing", &s));
    end();
}

MEASURE(look_open, "fstat", 10000)
{
    struct stat s;
    int fd = open("/tmp/file", O_RDWR | O_CREAT, 0600);
    begin();
    for (unsigned i = 0; i < n; i++)
        CHECK(!fstat(fd, &s));
    end();
    close(fd);
}

static void name_of(char *name, unsigned i)
{
    sprintf(name, "/tmp/folder/a-file-with-number-%u", i);
}

MEASURE(list, "list a folder of 100 files", 200)
{
    char name[64];
    mkdir("/tmp/folder", 0700);
    for (unsigned i = 0; i < ENTRIES; i++) {
        name_of(name, i);
        close(open(name, O_RDWR | O_CREAT, 0600));
    }
    begin();
    for (unsigned i = 0; i < n; i++) {
        DIR *d = opendir("/tmp/folder");
        unsigned count = 0;
        while (readdir(d))
            count++;
        CHECK(count == ENTRIES + 2);
        closedir(d);
    }
    end();
}

MEASURE(make_remove, "make, write 4 KiB, rename, remove a file", 2000)
{
    static char page[4096];
    begin();
    for (unsigned i = 0; i < n; i++) {
        int fd = open("/tmp/new", O_RDWR | O_CREAT | O_EXCL, 0600);
        CHECK(write(fd, page, sizeof page) == sizeof page && !close(fd));
        CHECK(!rename("/tmp/new", "/tmp/other") && !unlink("/tmp/other"));
    }
    end();
}

MEASURE(many_files, "make and remove 2,000 files in one folder", 1)
{
    char name[64];
    mkdir("/tmp/folder", 0700);
    begin();
    for (unsigned i = 1000; i < 3000; i++) {
        name_of(name, i);
        CHECK(!close(open(name, O_RDWR | O_CREAT | O_EXCL, 0600)));
    }
    for (unsigned i = 1000; i < 3000; i++) {
        name_of(name, i);
        CHECK(!unlink(name));
    }
    end();
}

static void transfer(unsigned n, size_t size, int write)
{
    static char data[1 << 20];
    int fd = open("/tmp/data", O_RDWR | O_CREAT, 0600);
    CHECK(pwrite(fd, data, sizeof data, 0) == sizeof data);
    begin();
    for (unsigned i = 0; i < n; i++) {
        off_t at = (off_t)(i * size % sizeof data);
        CHECK((write ? pwrite(fd, data, size, at) : pread(fd, data, size, at)) == (ssize_t)size);
    }
    end();
    close(fd);
}

MEASURE(read_page, "read 4 KiB of a file", 5000)
{
    transfer(n, 4096, 0);
}

MEASURE(write_page, "write 4 KiB of a file", 5000)
{
    transfer(n, 4096, 1);
}

MEASURE(read_large, "read 1 MiB of a file", 20)
{
    transfer(n, 1 << 20, 0);
}

MEASURE(write_large, "write 1 MiB of a file", 20)
{
    transfer(n, 1 << 20, 1);
}
