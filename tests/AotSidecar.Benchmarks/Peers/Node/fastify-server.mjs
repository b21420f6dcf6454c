// The same two routes on Fastify. Arguments: port, provider's origin.
import { randomBytes } from 'node:crypto'
import fastify from 'fastify'
import { deltas } from './provider-deltas.mjs'

const [port, origin] = process.argv.slice(2)
const sessions = new Set(['bench'])
const app = fastify({ logger: false, bodyLimit: 4 << 20 })

app.post('/sessions', async (request, reply) => {
  const token = randomBytes(32).toString('base64url')
  sessions.add(token)
  reply.code(201)
  return { id: `cksess_${token.slice(0, 16)}`, client_secret: token, expires_in: 600 }
})

app.post('/chatkit', async (request, reply) => {
  if (!sessions.has((request.headers.authorization ?? '').slice(7))) return reply.code(401).send({ message: 'unknown session' })
  const { type, params } = request.body
  if (type === 'threads.list') return { data: [], has_more: false }
  reply.hijack()
  const page = reply.raw
  page.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  for await (const delta of deltas(origin, params.input.inference_options.model, params.input.content[0].text)) {
    page.write(`data: ${JSON.stringify({
      type: 'thread.item.updated',
      item_id: 'msg_1',
      update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta }
    })}\n\n`)
  }
  page.end()
})

await app.listen({ host: '127.0.0.1', port: Number(port) })
