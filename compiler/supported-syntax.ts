/**
 * What the engine parses, by esbuild's names, where it differs from `target`; test/compiler/supported-syntax.test.ts
 * probes every line against the engine's own parser.
 *
 * Of regular expressions everything is marked as supported, whatever the engine does: esbuild would silently turn a literal
 * that it takes for unsupported into `new RegExp(…)`, which fails when the app runs. So the engine's parser sees the
 * literal, and refuses it with file and line when the app is built.
 */
export const target = 'es2023'

export const supportedSyntax: Readonly<Record<string, boolean>> = {
  'import-attributes': true,
  'regexp-dot-all-flag': true,
  'regexp-lookbehind-assertions': true,
  'regexp-match-indices': true,
  'regexp-named-capture-groups': true,
  'regexp-set-notation': true,
  'regexp-sticky-and-unicode-flags': true,
  'regexp-unicode-property-escapes': true,
  using: true,
  decorators: false,
  'import-defer': false,
  'import-source': false,
}
