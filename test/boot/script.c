/* Prints its arguments, one a line, and what /proc/self/exe is. */
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    char exe[256] = "";
    for (int n = 0; n < argc; n++)
        printf("[%s]\n", argv[n]);
    if (readlink("/proc/self/exe", exe, sizeof exe - 1) > 0)
        printf("%s\n", exe);
    return argc;
}
