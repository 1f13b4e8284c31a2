/** A bare Fastify route that answers the body it is given on standard input: what HTTP and JSON cost by themselves. */
import fastify from 'fastify';
import { text } from 'node:stream/consumers';

const body = JSON.parse(await text(process.stdin)) as object;
const server = fastify();
server.get('/market/quotes', async () => body);
await server.listen({ port: 0, host: '127.0.0.1' });
const address = server.server.address();
console.log(typeof address === 'object' ? address?.port : address);
