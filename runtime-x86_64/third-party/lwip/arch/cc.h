/* How lwIP meets the compiler and the kernel. */
#pragma once
#include <stddef.h>
#include <stdint.h>

#define BYTE_ORDER LITTLE_ENDIAN
#define LWIP_NO_INTTYPES_H 1
#define LWIP_NO_LIMITS_H 1
#define LWIP_NO_UNISTD_H 1
#define LWIP_NO_CTYPE_H 1
#ifndef SSIZE_MAX
#define SSIZE_MAX INT64_MAX
#endif
typedef long ssize_t;

#define lwip_htons(x) __builtin_bswap16(x)
#define lwip_htonl(x) __builtin_bswap32(x)

/* lwIP's heap is the kernel's: its mem.c would only be one more call. */
void *kmalloc(size_t size);
void *kzalloc(size_t size);
void kfree(void *p);
#define mem_malloc kmalloc
#define mem_free kfree
#define mem_trim net_mem_trim /* net/port.c */

uint32_t net_random(void); /* net/port.c */
#define LWIP_RAND() net_random()

_Noreturn void panic(const char *fmt, ...);
#define LWIP_PLATFORM_DIAG(x)
#define LWIP_PLATFORM_ASSERT(text) panic("lwIP: %s", text)
/* lwIP reports a caller's mistake here; with assertions off it handles the case and goes on. */
#ifndef DEBUG
#define LWIP_NOASSERT
#endif

/* Small copies of known size in place: -ffreestanding makes a call of memcpy. Of a size that is not known GCC would
 * make `rep movsb`, which costs an emulator a step for each byte. */
#define SMEMCPY(dst, src, len) __builtin_memcpy(dst, src, len)
#define MEMCPY(dst, src, len) memcpy(dst, src, len)

/* net/checksum.c */
uint16_t net_checksum(const void *data, int len);
#define LWIP_CHKSUM net_checksum

/* net/tcp-send.c: copies into a segment; the source is an offset into what the system call sends (see net_copy_in). */
void net_copy_in(void *dst, const void *src, size_t len);
#define LWIP_TCP_DATA_COPY(dst, src, len) net_copy_in(dst, src, len)
