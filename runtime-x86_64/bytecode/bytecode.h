/* The bytecode compiler: one ES module in, the engine's bytecode and a report of what the module refers to out.
 *
 * One instance compiles one module and is then thrown away, so nothing is ever freed. In WebAssembly these functions
 * are the exports; native.c calls the same ones. */
#ifndef BYTECODE_H
#define BYTECODE_H

#include <stdint.h>

#ifdef __wasm__
#define BYTECODE_EXPORT(name) __attribute__((export_name(#name)))
#else
#define BYTECODE_EXPORT(name)
#endif

/* Room for the name that stacks give the module, `size` bytes long. Not called, it is app.js. */
char *bytecode_name(uint32_t size) BYTECODE_EXPORT(bytecode_name);

/* Room for `size` bytes of UTF-8 source text, or a null pointer when memory is short. */
char *bytecode_source(uint32_t size) BYTECODE_EXPORT(bytecode_source);

/* Compiles what stands in the room above. 0, or -1 when the text is refused: the report then holds an `error` line. */
int bytecode_compile(void) BYTECODE_EXPORT(bytecode_compile);

/* The bytecode, without source text and with line tables. Empty after an error. */
const uint8_t *bytecode_output(void) BYTECODE_EXPORT(bytecode_output);
uint32_t bytecode_output_size(void) BYTECODE_EXPORT(bytecode_output_size);

/* The report: UTF-8 lines of tab-separated fields; lines and columns count from 1, columns in bytes.
 *
 *   error     LINE COLUMN MESSAGE   0 0 when the position is not known
 *   import    SPECIFIER             a module that is imported statically
 *   import    SPECIFIER NAME        what is imported of it, `default` and `*` (all) included
 *   read      NAME LINE COLUMN      a name that no scope of the module defines, so a global; RegExp also for a literal
 * and for the string methods that make one typeof    NAME LINE COLUMN      the operand of typeof: the name need not
 * exist write     NAME LINE COLUMN property  NAME LINE COLUMN      globalThis.NAME is read (also through self and
 * global) define    NAME LINE COLUMN      globalThis.NAME is assigned escape    NAME LINE COLUMN      globalThis used
 * as a value: any name below may be a global's word      NAME                  property names and strings in the code;
 * written only after an `escape`
 *
 * Of a name that the language itself defines only the first use is told. */
const uint8_t *bytecode_report(void) BYTECODE_EXPORT(bytecode_report);
uint32_t bytecode_report_size(void) BYTECODE_EXPORT(bytecode_report_size);

#endif
