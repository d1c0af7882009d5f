/* virtio_mmio.device= as Linux writes it, and everything that is not that. */
#include "device-host.h"
#include "bus/virtio-mmio-param.c"

static bool is(const char *text, uint64_t size, uint64_t base, uint32_t gsi)
{
    struct virtio_mmio_place p;
    return virtio_mmio_parse(text, &p) && p.size == size && p.base == base && p.gsi == gsi && !p.level && !p.active_low;
}

static bool refused(const char *text)
{
    struct virtio_mmio_place p;
    return !virtio_mmio_parse(text, &p);
}

static void reads_what_hypervisors_write(void)
{
    CHECK(is("512@0xfeb00e00:12", 512, 0xfeb00e00, 12)); /* QEMU microvm */
    CHECK(is("4K@0xd0000000:5", 4096, 0xd0000000, 5));   /* Firecracker */
    CHECK(is("0x1000@3489660928:0x6:3", 4096, 0xd0000000, 6));
    CHECK(is("4k@208896K:7", 4096, 208896ull << 10, 7));
}

static void refuses_everything_else(void)
{
    static const char *const bad[] = {
        "",
        "512",
        "512@",
        "512@0x",
        "512@0xfeb00e00",
        "512@0xfeb00e00:",
        "@1:2",
        "512:1@2",
        "512@16:5x",
        "512@16:5:",
        "512@18446744073709551616:5",
        "18014398509481985K@16:5",
        "-1@16:5",
        "512@ 16:5",
        "512@0x1001:5",
        "512@0:5",
        "16@0x1000:5",
        "1G@0x1000:5",
        "512@0x1000:4294967296",
        "512@0x1000:4000",
        "512@0xffffffffffff0000:5",
    };
    for (unsigned i = 0; i < ARRAY_LEN(bad); i++)
        CHECK(refused(bad[i]));
}

static void survives_any_text(void)
{
    static const char alphabet[] = "0123456789xXabfKMG@::--,";
    for (unsigned round = 0; round < 200000; round++) {
        size_t n = random_u64() % 24;
        char *text = malloc(n + 1);
        for (size_t i = 0; i < n; i++)
            text[i] = alphabet[random_u64() % (sizeof alphabet - 1)];
        text[n] = 0;
        struct virtio_mmio_place p;
        if (virtio_mmio_parse(text, &p))
            CHECK(virtio_mmio_place_ok(&p));
        free(text);
    }
}

int main(void)
{
    reads_what_hypervisors_write();
    refuses_everything_else();
    survives_any_text();
    puts("OK");
}
