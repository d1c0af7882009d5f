export default { fetch: () => new Response('goodbye\n') }
