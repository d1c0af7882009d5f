// What the fuzzed server does with a request: looks at every part of it, and answers in every way.
let kept
export default {
  async fetch(request) {
    const url = new URL(request.url)
    const parts = [
      request.method,
      url.href,
      url.searchParams.toString(),
      request.headers.get('x'),
      [...request.headers].length,
    ]
    url.pathname = url.search
    url.host = request.headers.get('host') ?? ''
    url.searchParams.append('k', url.hash)
    const text = kept ? `${kept.url}${kept.headers.get('host')}` : ''
    if (request.method === 'POST') kept = request
    switch (url.searchParams.get('how')) {
      case 'wait':
        await new Promise((resolve) => setImmediate(resolve))
        return new Response(await request.text())
      case 'bytes':
        return new Response(await request.bytes(), { headers: request.headers })
      case 'json':
        return Response.json(await request.json())
      case 'throw':
        throw new Error(text)
      case 'none':
        return undefined
      default:
        return new Response(parts.join() + text, { headers: [...request.headers] })
    }
  },
}
