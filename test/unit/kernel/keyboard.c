/* drivers/keyboard.c over a made-up 8042: which keys end the app, and controllers that misbehave. */
#include "device-host.h"
#include "cpu/cpu.h"
#include "irq/irq.h"

static uint8_t fake_in(uint16_t port);
static void fake_out(uint16_t port, uint8_t v);
#define inb fake_in
#define outb fake_out
#include "drivers/keyboard.c"

static struct {
    bool absent, stuck, full_for_ever;
    uint8_t mode, queue[64];
    bool from_mouse[64];
    unsigned head, tail, reads;
    uint8_t command;
} chip;
static void (*handler)(void *);
static unsigned terms;

static uint8_t fake_in(uint16_t port)
{
    chip.reads++;
    if (chip.absent)
        return 0xff;
    bool full = chip.full_for_ever || chip.head != chip.tail;
    if (port == STATUS_PORT)
        return (uint8_t)((full ? STATUS_OUTPUT_FULL : 0) | (chip.stuck ? STATUS_INPUT_FULL : 0) |
                         (full && chip.from_mouse[chip.head] ? STATUS_FROM_MOUSE : 0));
    CHECK(port == DATA_PORT);
    return chip.head == chip.tail ? 0 : chip.queue[chip.head++];
}

static void fake_out(uint16_t port, uint8_t v)
{
    CHECK(!chip.stuck && !chip.absent);
    if (port == COMMAND_PORT) {
        chip.command = v;
        if (v == COMMAND_READ_MODE)
            chip.queue[chip.tail++] = chip.mode;
    } else {
        CHECK(chip.command == COMMAND_WRITE_MODE);
        chip.mode = v;
    }
}

int irq_register_isa(unsigned isa, void (*fn)(void *), void *arg)
{
    CHECK(isa == 1);
    handler = fn;
    return 0;
}
void signal_send_process(int signal)
{
    CHECK(signal == SIGTERM);
    terms++;
}

static int start(void)
{
    released = alt = ctrl = false;
    handler = NULL;
    terms = 0;
    return init();
}

static unsigned typed(const uint8_t *codes, size_t n)
{
    unsigned before = terms;
    for (size_t i = 0; i < n; i++) {
        chip.head = 0;
        chip.tail = 1;
        chip.queue[0] = codes[i];
        handler(NULL);
    }
    return terms - before;
}
#define TYPED(...) typed((const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void the_keys_end_the_app(void)
{
    memset(&chip, 0, sizeof chip);
    chip.mode = MODE_TRANSLATE | MODE_KEYBOARD_OFF;
    chip.queue[0] = 0x1c; /* a key from before */
    chip.tail = 1;
    CHECK(!start() && chip.mode == MODE_INTERRUPT && handler);
    CHECK(TYPED(0x14, 0x11, 0xe0, 0x71) == 1); /* as Firecracker sends it: nothing is released */
    CHECK(!start() && TYPED(0xe0, 0x14, 0xe0, 0x11, 0x71) == 1);
    CHECK(TYPED(0xe0, 0xf0, 0x71, 0xf0, 0x11, 0x71) == 0);
    CHECK(TYPED(0x11, 0xf0, 0x14, 0x71) == 0 && TYPED(0xf0, 0x11, 0x14, 0x71) == 0);
    CHECK(TYPED(0x11, 0x1c, 0xf0, 0x1c, 0xf0, 0x71, 0xe0, 0x71) == 1);
}

static void mice_are_not_heard(void)
{
    memset(&chip, 0, sizeof chip);
    CHECK(!start());
    const uint8_t codes[] = {0x14, 0x11, 0x71};
    memcpy(chip.queue, codes, sizeof codes);
    chip.head = 0;
    chip.tail = 3;
    memset(chip.from_mouse, 1, sizeof chip.from_mouse);
    handler(NULL);
    CHECK(!terms && chip.head == 3);
}

static void bad_controllers_do_not_hold_us_up(void)
{
    memset(&chip, 0, sizeof chip);
    chip.absent = true;
    CHECK(start() == -ENODEV && !handler);
    memset(&chip, 0, sizeof chip);
    chip.stuck = true;
    CHECK(start() == -ENODEV && !handler);
    memset(&chip, 0, sizeof chip);
    chip.full_for_ever = true;
    CHECK(!start());
    chip.reads = 0;
    handler(NULL);
    CHECK(chip.reads <= 2 * QUEUE_SIZE);
}

int main(void)
{
    the_keys_end_the_app();
    mice_are_not_heard();
    bad_controllers_do_not_hold_us_up();
    return 0;
}
