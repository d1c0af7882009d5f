/* The AML scanner finds what QEMU's tables hold, and survives any table. */
#include "device-host.h"
#include "bus/aml.c"
#include "bus/aml-resource.c"

#define HEADER 36

static struct aml_span load(const char *name)
{
    size_t size;
    uint8_t *data = read_table(name, &size);
    return (struct aml_span){data + HEADER, size - HEADER};
}

static bool find(struct aml_span code, const char *wanted, struct aml_span *body)
{
    size_t offset = 0;
    char hid[9];
    while (aml_next_device(code, &offset, body, hid))
        if (strcmp(hid, wanted) == 0)
            return true;
    return false;
}

static void finds_virtio_mmio_devices(void)
{
    struct aml_span code = load("microvm.dsdt"), body, crs;
    static const struct {
        uint64_t base;
        uint32_t gsi;
    } expected[] = {{0xfeb02e00, 47}, {0xfeb02c00, 46}};
    size_t offset = 0;
    unsigned found = 0;
    char hid[9];
    while (aml_next_device(code, &offset, &body, hid)) {
        if (strcmp(hid, "LNRO0005"))
            continue;
        struct aml_resource r;
        CHECK(found < 2 && aml_named_buffer(body, "_CRS", &crs));
        CHECK(aml_next_resource(&crs, &r) && r.kind == AML_MEMORY && r.base == expected[found].base && r.size == 0x200);
        CHECK(aml_next_resource(&crs, &r) && r.kind == AML_INTERRUPT && r.gsi == expected[found].gsi);
        CHECK(r.level && !r.active_low);
        CHECK(!aml_next_resource(&crs, &r));
        found++;
    }
    CHECK(found == 2);
}

static void finds_event_device_and_sleep_values(void)
{
    struct aml_span code = load("microvm.dsdt"), ged, crs;
    struct aml_resource r;
    uint64_t base, size, values[4];
    CHECK(find(code, "ACPI0013", &ged) && aml_memory_region(ged, &base, &size) && base == 0xfea00000 && size == 4);
    CHECK(aml_named_buffer(ged, "_CRS", &crs) && aml_next_resource(&crs, &r));
    CHECK(r.kind == AML_INTERRUPT && r.gsi == 9 && !r.level && !r.active_low);
    CHECK(aml_named_integers(code, "_S5_", values, 4) == 4 && values[0] == 5 && values[1] == 0);
    CHECK(aml_named_integers(load("q35.dsdt"), "_S5_", values, 4) == 4 && values[0] == 0);
    CHECK(aml_named_integers(code, "_S3_", values, 4) == 0);
}

static void finds_the_pci_host_bridge(void)
{
    struct aml_span code = load("microvm-pcie.dsdt"), root, crs;
    struct aml_resource r;
    uint64_t ecam;
    CHECK(find(code, "PNP0A08", &root));
    CHECK(aml_constant_method(root, "_CBA", &ecam) && ecam == 0xe0000000);
    CHECK(aml_named_buffer(root, "_CRS", &crs));
    CHECK(aml_next_resource(&crs, &r) && r.kind == AML_MEMORY_WINDOW && r.base == 0xc0000000 && r.size == 0x20000000);
    CHECK(aml_next_resource(&crs, &r) && r.kind == AML_MEMORY_WINDOW && r.base == 0xc000000000 &&
          r.size == 0x4000000000);
    CHECK(!find(load("q35.dsdt"), "LNRO0005", &root));
}

static void use_everything(struct aml_span code)
{
    struct aml_span body, crs;
    struct aml_resource r;
    uint64_t a, b, values[4];
    char hid[9];
    for (size_t offset = 0; aml_next_device(code, &offset, &body, hid);) {
        CHECK(strlen(hid) <= 8 && body.start >= code.start && body.start + body.size <= code.start + code.size);
        while (aml_named_buffer(body, "_CRS", &crs) && aml_next_resource(&crs, &r))
            body = crs;
        aml_memory_region(body, &a, &b);
        aml_constant_method(body, "_CBA", &a);
    }
    aml_named_integers(code, "_S5_", values, 4);
}

static void survives_damaged_tables(const char *name, unsigned rounds)
{
    struct aml_span original = load(name);
    for (unsigned round = 0; round < rounds; round++) {
        size_t size = random_u64() % 8 ? original.size : random_u64() % original.size;
        uint8_t *copy = malloc(size + !size);
        memcpy(copy, original.start, size);
        for (unsigned n = random_u64() % 32; n && size; n--)
            copy[random_u64() % size] = random_u64() % 4 ? (uint8_t)random_u64() : 0xff;
        use_everything((struct aml_span){copy, size});
        free(copy);
    }
}

int main(void)
{
    finds_virtio_mmio_devices();
    finds_event_device_and_sleep_values();
    finds_the_pci_host_bridge();
    survives_damaged_tables("microvm.dsdt", 20000);
    survives_damaged_tables("microvm-pcie.dsdt", 4000);
    puts("OK");
}
