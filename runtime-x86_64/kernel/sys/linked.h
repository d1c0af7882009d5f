/* System calls that an image has only when its linker is asked for them by name (the root `unik_calls_<name>`): files
 * in calls/, whose rows in sys/table.h are LINKED. Without them the kernel answers -ENOSYS. */
#pragma once
#include "cpu/local.h"
#include "sys/sys.h"

/* Arguments out of the frame. What the table calls an int or a descriptor has 32 bits: programs leave anything above
 * them. */
#define TAKE(types, i, reg) (types[i] == 'd' || types[i] == 'f' ? (long)(int32_t)(reg) : (long)(reg))
#define TAKE_0(f, t)
#define TAKE_1(f, t) TAKE(t, 0, (f)->rdi)
#define TAKE_2(f, t) TAKE_1(f, t), TAKE(t, 1, (f)->rsi)
#define TAKE_3(f, t) TAKE_2(f, t), TAKE(t, 2, (f)->rdx)
#define TAKE_4(f, t) TAKE_3(f, t), TAKE(t, 3, (f)->r10)
#define TAKE_5(f, t) TAKE_4(f, t), TAKE(t, 4, (f)->r8)
#define TAKE_6(f, t) TAKE_5(f, t), TAKE(t, 5, (f)->r9)

/* Hyphens in file names are underscores here. */
#define CALLS(id)                                                                                                      \
    extern const char unik_calls_##id;                                                                                 \
    const char unik_calls_##id = 0;
/* Count and types as in the call's row. */
#define CALL(name, count, types)                                                                                       \
    long call_##name(const struct trap_frame *f);                                                                      \
    long call_##name(const struct trap_frame *f)                                                                       \
    {                                                                                                                  \
        return sys_##name(TAKE_##count(f, types));                                                                     \
    }
