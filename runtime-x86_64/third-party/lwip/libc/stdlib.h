/* lwIP's netif.c asks for <stdlib.h> for atoi in a function that nobody calls. */
#pragma once
int atoi(const char *s);
