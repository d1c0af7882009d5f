/* bytecode-native SOURCE BYTECODE REPORT: the same compiler as a host program. Tests compare its bytes with those of
 * the WebAssembly build. Exit status 1 when the source is refused, 2 when a file cannot be read or written. */
#include "bytecode.h"
#include <stdio.h>

static int read_source(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END))
        return -1;
    long size = ftell(file);
    rewind(file);
    char *room = bytecode_source(size);
    return room && fread(room, 1, size, file) == (size_t)size ? fclose(file) : -1;
}

static int write_file(const char *path, const uint8_t *bytes, uint32_t size)
{
    FILE *file = fopen(path, "wb");
    if (!file)
        return -1;
    int written = size == 0 || fwrite(bytes, 1, size, file) == size;
    return fclose(file) == 0 && written ? 0 : -1;
}

int main(int argc, char **argv)
{
    if (argc != 4 || read_source(argv[1]))
        return 2;
    int refused = bytecode_compile();
    if (write_file(argv[2], bytecode_output(), bytecode_output_size()) ||
        write_file(argv[3], bytecode_report(), bytecode_report_size()))
        return 2;
    return refused ? 1 : 0;
}
