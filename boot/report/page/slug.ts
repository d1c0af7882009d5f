/** A name as an id or a class: `did not start` is did-not-start. */
export function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-')
}
