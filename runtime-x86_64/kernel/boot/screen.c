#include "boot/screen.h"

struct boot_screen boot_screen;
