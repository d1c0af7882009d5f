# Flags that every component shares. Deterministic: no path of the build machine, no clock, sorted inputs, `ar` without dates.
CC      := gcc
AR      := ar
ARFLAGS := Drcs
# Where an object came from is told by its path relative to the repository.
REPRODUCIBLE := -ffile-prefix-map=$(ROOT)/= -Wdate-time -frandom-seed=unik
SECTIONS     := -ffunction-sections -fdata-sections
# What becomes the app ELF: position-independent, for x86-64-v1, hidden unless exported, stack protector on.
APP_CFLAGS := -std=gnu17 -O2 -fPIE -fvisibility=hidden -fstack-protector-strong -fno-asynchronous-unwind-tables -fno-unwind-tables \
              -fno-plt -fno-semantic-interposition $(SECTIONS) $(REPRODUCIBLE)
# The C library is ours, not the machine's.
MUSL       := $(BUILD)/../musl/install
APP_CFLAGS += -nostdinc -isystem $(MUSL)/include -isystem $(shell $(CC) -print-file-name=include)
