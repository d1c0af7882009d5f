export default {
  fetch(): Response {
    return new Response(`${new Date().toISOString()}\n`)
  },
}
