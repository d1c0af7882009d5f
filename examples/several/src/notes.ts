const notes: string[] = []

/** POST / adds a note, GET / lists them, with addresses as the client sees them. */
export default {
  async fetch(request: Request): Promise<Response> {
    const prefix = request.headers.get('x-forwarded-prefix') ?? ''
    const { pathname } = new URL(request.url)
    if (request.method === 'POST') notes.push(await request.text())
    const number = Number(pathname.slice(1))
    if (number > 0) return new Response(`${notes[number - 1] ?? 'no such note'}\n`)
    return new Response(notes.map((note, at) => `${prefix}/${at + 1}: ${note}\n`).join(''))
  },
}
