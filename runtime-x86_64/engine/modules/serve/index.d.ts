// biome-ignore-all lint: declarations follow the APIs that they describe
/**
 * The default export of a server: `export default { fetch(request) { … } } satisfies Server`.
 * It listens on HOST (default 0.0.0.0) and PORT (default 8080), and stops on SIGTERM and SIGINT once its requests are answered.
 */
interface Server {
  fetch(request: Request): Response | Promise<Response>
}
