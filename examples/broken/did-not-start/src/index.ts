connectToDatabase()

export default { fetch: () => new Response('hello\n') }

function connectToDatabase(): never {
  throw new Error('DATABASE_URL is not set')
}
