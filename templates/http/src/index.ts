export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    if (pathname === '/') return new Response('Hello from unik\n')
    if (pathname === '/echo' && request.method === 'POST') return Response.json(await request.json())
    return new Response('not found\n', { status: 404 })
  },
}

console.log('ready')
