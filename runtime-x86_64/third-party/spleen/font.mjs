// Writes a bitmap font (Glyph Bitmap Distribution Format, Adobe) as an assembly source: node font.mjs FONT.bdf. The glyphs of
// Latin-1 from 0x20 on follow one another, a byte a line; a character that the font lacks is blank.
import { readFileSync } from 'node:fs'

const first = 0x20
const height = 16
const glyphs = new Map()
for (const [, glyph] of readFileSync(process.argv[2], 'utf8').matchAll(/^STARTCHAR ([\s\S]*?)^ENDCHAR/gm)) {
  const code = Number(/^ENCODING (\d+)/m.exec(glyph)[1])
  const lines = /^BITMAP\n([\s\S]*)/m.exec(glyph)[1].trim().split('\n')
  if (!/^BBX 8 16 /m.test(glyph) || lines.length !== height)
    throw new Error(`the glyph of ${code} is not 8 by 16 pixels`)
  glyphs.set(code, lines)
}

const rows = Array.from({ length: 256 - first }, (_, i) => glyphs.get(first + i) ?? Array(height).fill('00'))
console.log(`    .section .rodata.font_glyphs, "a", @progbits
    .globl font_glyphs
    .hidden font_glyphs
    .type font_glyphs, @object
font_glyphs:
${rows.map((lines) => `    .byte ${lines.map((line) => `0x${line}`).join(', ')}`).join('\n')}
    .size font_glyphs, . - font_glyphs
    .section .note.GNU-stack, "", @progbits`)
