/* What uname(2) and /proc/sys/kernel say. The release names the Linux whose system calls these are; C libraries and
 * runtimes decide by it what they may use. */
#pragma once

#define UTS_SYSNAME "Linux"
#define UTS_RELEASE "6.12.0"
#define UTS_VERSION "#1 unik"
#define UTS_MACHINE "x86_64"
