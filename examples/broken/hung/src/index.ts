console.log('waiting for the database')
while (Date.now() > 0);

export default { fetch: () => new Response('hello\n') }
