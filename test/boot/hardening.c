/* What test/syscalls/hostile-*.c check, one after the other, on the machine that started this. Then it waits, so that
 * the machine can be looked into. */
#include <stdio.h>
#include <unistd.h>

int hostile_memory(void), hostile_instructions(void), hostile_frames(void);

int main(void)
{
    if (hostile_memory() || hostile_instructions() || hostile_frames())
        return 1;
    puts("ready");
    fflush(stdout);
    return pause();
}
