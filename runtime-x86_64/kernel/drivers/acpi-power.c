/* ACPI: power-off by S5, and the power button as SIGTERM. Two kinds of machine (ACPI 6.5, 4.1): PCs with PM1 registers,
 * and hardware-reduced ones with sleep control registers and a Generic Event Device. */
#include "bus/aml.h"
#include "cpu/cpu.h"
#include "drivers/driver.h"
#include "irq/irq.h"
#include "mm/mm.h"
#include "thread/signal.h"
#include "thread/thread.h"
#include "time/time.h"

#define PRIORITY 10
#define PM1_SLEEP_TYPE_SHIFT 10 /* 4.8.3.2.1 */
#define PM1_SLEEP_ENABLE 0x2000
#define PM1_SCI_ENABLE 1
#define PM1_POWER_BUTTON 0x100
#define SLEEP_TYPE_SHIFT 2 /* 4.8.3.7 */
#define SLEEP_ENABLE 0x20
#define ENABLE_POLLS 1000000
#define OFF_TAKES_NS 500000000u

static const struct acpi_fadt *fadt;

/* Mapped beforehand: the way off must not need memory. */
struct reg8 {
    volatile uint8_t *memory;
    uint16_t port;
};
static struct reg8 sleep_control, reset_control;

static struct reg8 prepare(const struct acpi_address *a)
{
    struct reg8 r = {0};
    if (a->address && a->space == ACPI_SPACE_IO)
        r.port = (uint16_t)a->address;
    else if (a->address && a->space == ACPI_SPACE_MEMORY)
        r.memory = mmio_map(a->address, 1);
    return r;
}

static void write8(struct reg8 r, uint8_t v)
{
    if (r.memory)
        mmio_write8(r.memory, v);
    else if (r.port)
        outb(r.port, v);
}

/* The machine takes a moment to go; the next way must not overtake this one. */
static void wait_for_the_end(void)
{
    uint64_t end = clock_monotonic() + OFF_TAKES_NS;
    while (clock_monotonic() < end)
        __builtin_ia32_pause();
}

/* 7.4.2.2: \_S5 holds what to write into PM1a's and PM1b's sleep type; the sleep control register takes the first. */
static void off(int status)
{
    uint64_t type[2] = {0, 0};
    if (!aml_named_integers(acpi_dsdt(), "_S5_", type, 2))
        return;
    if (fadt->flags & ACPI_FADT_HARDWARE_REDUCED) {
        write8(sleep_control, (uint8_t)((type[0] & 7) << SLEEP_TYPE_SHIFT | SLEEP_ENABLE));
    } else {
        if (fadt->pm1b_control)
            outw((uint16_t)fadt->pm1b_control, (uint16_t)((type[1] & 7) << PM1_SLEEP_TYPE_SHIFT | PM1_SLEEP_ENABLE));
        if (fadt->pm1a_control)
            outw((uint16_t)fadt->pm1a_control, (uint16_t)((type[0] & 7) << PM1_SLEEP_TYPE_SHIFT | PM1_SLEEP_ENABLE));
    }
    wait_for_the_end();
}

static void reset(int status)
{
    write8(reset_control, fadt->reset_value);
}

static void power_button(void)
{
    log_info("power button");
    signal_send_process(SIGTERM);
}

static void sci_interrupt(void *arg)
{
    uint16_t event = (uint16_t)fadt->pm1a_event;
    if (!(inw(event) & PM1_POWER_BUTTON))
        return;
    outw(event, PM1_POWER_BUTTON); /* written ones clear */
    power_button();
}

/* 4.8.3.1: status at the block's start, enable bits in its second half. */
static int listen_pm1(void)
{
    if (!fadt->pm1a_event || !fadt->pm1a_control || !fadt->sci_interrupt || fadt->pm1_event_length < 4)
        return 0;
    if (!(inw((uint16_t)fadt->pm1a_control) & PM1_SCI_ENABLE) && fadt->smi_command) {
        outb((uint16_t)fadt->smi_command, fadt->acpi_enable);
        for (unsigned i = 0; i < ENABLE_POLLS && !(inw((uint16_t)fadt->pm1a_control) & PM1_SCI_ENABLE); i++)
            __builtin_ia32_pause();
    }
    int err = irq_register_pci_line(fadt->sci_interrupt, sci_interrupt, NULL);
    if (!err)
        outw((uint16_t)(fadt->pm1a_event + fadt->pm1_event_length / 2), PM1_POWER_BUTTON);
    return err;
}

/* QEMU's Generic Event Device (docs/specs/acpi_hw_reduced_hotplug): reading its event selector takes the events. Other
 * devices with this _HID work in other ways, which their _EVT method tells; one with a 4-byte register is taken to be
 * QEMU's. */
#define GED_EVENT_POWER_DOWN 2u
static volatile uint8_t *ged_selector;

static void ged_interrupt(void *arg)
{
    if (mmio_read32(ged_selector) & GED_EVENT_POWER_DOWN)
        power_button();
}

static int listen_ged(void)
{
    struct aml_span dsdt = acpi_dsdt(), body, resources;
    struct aml_resource r;
    uint64_t base, size;
    char hid[9];
    for (size_t offset = 0; aml_next_device(dsdt, &offset, &body, hid);) {
        if (strcmp(hid, "ACPI0013") || !aml_memory_region(body, &base, &size) || size != 4 ||
            !aml_named_buffer(body, "_CRS", &resources) || !aml_next_resource(&resources, &r) ||
            r.kind != AML_INTERRUPT)
            continue;
        ged_selector = mmio_map(base, size);
        return irq_register_line(r.gsi, r.level, r.active_low, ged_interrupt, NULL);
    }
    return 0;
}

static int init(void)
{
    fadt = acpi_fadt();
    if (!fadt)
        return -ENODEV;
    bool reduced = fadt->flags & ACPI_FADT_HARDWARE_REDUCED;
    if (reduced)
        sleep_control = prepare(&fadt->sleep_control);
    power_register(PRIORITY, off);
    if (fadt->flags & ACPI_FADT_RESET_REGISTER) {
        reset_control = prepare(&fadt->reset_register);
        power_register(PRIORITY + 10, reset);
    }
    return reduced ? listen_ged() : listen_pm1();
}

DRIVER(acpi_power) = {
    .name = "acpi-power",
    .devices = "ACPI power-off (PM1 or sleep control registers), reset register, power button",
    .init = init,
};
