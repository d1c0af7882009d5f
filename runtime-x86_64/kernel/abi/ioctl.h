/* Linux ioctl numbers and the terminal's structures (asm-generic/ioctls.h, termbits.h). */
#pragma once
#include "kernel.h"

#define TCGETS 0x5401
#define TCSETS 0x5402
#define TCSETSW 0x5403
#define TCSETSF 0x5404
#define TCSBRK 0x5409
#define TCXONC 0x540a
#define TCFLSH 0x540b
#define TIOCSCTTY 0x540e
#define TIOCGPGRP 0x540f
#define TIOCSPGRP 0x5410
#define TIOCOUTQ 0x5411
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD 0x541b
#define FIONBIO 0x5421
#define TIOCGSID 0x5429
#define FIONCLEX 0x5450
#define FIOCLEX 0x5451
#define FIOASYNC 0x5452

#define NCCS 19
struct linux_termios {
    uint32_t c_iflag, c_oflag, c_cflag, c_lflag;
    uint8_t c_line, c_cc[NCCS];
};
_Static_assert(sizeof(struct linux_termios) == 36, "struct termios of the kernel");
struct linux_winsize {
    uint16_t row, col, xpixel, ypixel;
};

/* c_iflag */
#define ISTRIP 040u
#define INLCR 0100u
#define IGNCR 0200u
#define ICRNL 0400u
#define IXON 02000u
/* c_oflag */
#define OPOST 01u
#define ONLCR 04u
/* c_cflag: 38400 baud, 8 bits, receiver on */
#define B38400 017u
#define CS8 060u
#define CREAD 0200u
/* c_lflag */
#define ISIG 01u
#define ICANON 02u
#define ECHO 010u
#define ECHOE 020u
#define ECHOK 040u
#define ECHONL 0100u
#define NOFLSH 0200u
#define ECHOCTL 01000u
#define ECHOKE 04000u
#define IEXTEN 0100000u
/* c_cc */
#define VINTR 0
#define VQUIT 1
#define VERASE 2
#define VKILL 3
#define VEOF 4
#define VTIME 5
#define VMIN 6
#define VSTART 8
#define VSTOP 9
#define VSUSP 10
#define VEOL 11
#define VREPRINT 12
#define VWERASE 14
#define VLNEXT 15
#define VEOL2 16
