export default {
  fetch(request: Request): Response {
    const url = new URL(request.url)
    if (url.pathname === '/') return new Response('Hello from unik\n')
    if (url.pathname === '/json')
      return Response.json({ path: url.pathname, query: Object.fromEntries(url.searchParams) })
    return new Response('not found\n', { status: 404 })
  },
}

console.log('ready')
