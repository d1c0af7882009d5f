/* One TypeScript half as an object: FILE's bytes from NAME to NAME_end. */
#define END_OF(name) name##_end
#define DECLARE_END(name) END_OF(name)

    .section .rodata.script, "a", @progbits
    .global NAME
    .hidden NAME
    .type NAME, @object
NAME:
    .incbin FILE
    .size NAME, . - NAME
    .global DECLARE_END(NAME)
    .hidden DECLARE_END(NAME)
DECLARE_END(NAME):
    .section .note.GNU-stack, "", @progbits
