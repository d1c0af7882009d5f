/* The linear framebuffer that the loader left, for drivers/framebuffer.c: from EFI's Graphics Output Protocol or Linux'
 * screen_info. Numbers only, so a boot_read may fill it. */
#pragma once
#include "kernel.h"

/* Of one colour in a pixel, which is a little-endian number of 32 bits. */
struct boot_channel {
    uint8_t shift, bits;
};
struct boot_screen {
    paddr_t address;        /* 0: there is none */
    uint32_t width, height; /* pixels */
    uint32_t pitch;         /* bytes from one line to the next */
    struct boot_channel red, green, blue;
};
extern struct boot_screen boot_screen;
