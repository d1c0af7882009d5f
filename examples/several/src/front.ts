export default {
  fetch(request: Request): Response {
    const { pathname } = new URL(request.url)
    if (pathname !== '/') return new Response('not here\n', { status: 404 })
    return new Response('/clock tells the time, /team/notes keeps notes\n')
  },
}
