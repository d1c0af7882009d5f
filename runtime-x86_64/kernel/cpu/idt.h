#pragma once

enum { IST_FATAL = 1 };

void idt_load(void);
