/** Text that is markup already; only `markup` below makes it, so that nothing else gets into a page unescaped. */
export interface Markup {
  readonly source: string
}

export type Content = Markup | string | number | undefined | false | readonly Content[]

/**
 * A template of HTML or XML: what is interpolated is escaped, for element content and quoted attributes, unless it is markup;
 * lists are joined, undefined and false are nothing.
 */
export function markup(literals: TemplateStringsArray, ...contents: readonly Content[]): Markup {
  return { source: String.raw({ raw: literals }, ...contents.map(sourceOf)) }
}

function sourceOf(content: Content): string {
  if (content === undefined || content === false) return ''
  if (typeof content === 'string') return content.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
  if (typeof content === 'number') return String(content)
  return 'source' in content ? content.source : content.map(sourceOf).join('')
}
