/* Any bytes as the AML code of a DSDT: the scanner, and the resource descriptors that it finds. */
#include "fuzz.h"
#include "../unit/kernel/aml.c"

static void run(void)
{
    size_t size = input_left;
    uint8_t *copy = malloc(size + !size);
    memcpy(copy, input, size);
    size_t header = size >= HEADER && memcmp(copy, "DSDT", 4) == 0 ? HEADER : 0;
    use_everything((struct aml_span){copy + header, size - header});
    struct aml_span bare = {copy, size};
    struct aml_resource r;
    while (aml_next_resource(&bare, &r))
        continue;
    free(copy);
}
FUZZ(run)
