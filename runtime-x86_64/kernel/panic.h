/* For the trap handler: a panic whose registers are those of the trap. */
#pragma once
#include "kernel.h"
#include "cpu/cpu.h"

_Noreturn void panic_trap(const struct trap_frame *frame, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
