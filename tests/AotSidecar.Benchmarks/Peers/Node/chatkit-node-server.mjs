// The ChatKit protocol on chatkit-node-backend-sdk. Arguments: port, provider's origin.
import http from 'node:http'
import { ChatKitServer, NotFoundError, Store, generateId } from 'chatkit-node-backend-sdk'
import { deltas } from './provider-deltas.mjs'

class MemoryStore extends Store {
  threads = new Map()
  items = new Map()
  async loadThread(id) { return this.threads.get(id) ?? fail(id) }
  async saveThread(thread) { this.threads.set(thread.id, thread) }
  async deleteThread(id) { this.threads.delete(id) }
  async loadThreads() { return { data: [], has_more: false, after: null } }
  async loadThreadItems(id) { return { data: this.items.get(id) ?? [], has_more: false, after: null } }
  async addThreadItem(id, item) { (this.items.get(id) ?? this.items.set(id, []).get(id)).push(item) }
  async saveItem() { }
  async loadItem(_, id) { return fail(id) }
  async deleteThreadItem() { }
  async saveAttachment() { }
  async loadAttachment(id) { return fail(id) }
  async deleteAttachment() { }
}

function fail(id) { throw new NotFoundError(id) }

class Bench extends ChatKitServer {
  async *respond(thread, message) {
    const item = {
      id: generateId('msg'), thread_id: thread.id, created_at: new Date().toISOString(), type: 'assistant_message', content: []
    }
    yield { type: 'thread.item.added', item }
    let text = ''
    for await (const delta of deltas(origin, message.inference_options.model, message.content[0].text)) {
      text += delta
      yield {
        type: 'thread.item.updated',
        item_id: item.id,
        update: { type: 'assistant_message.content_part.text_delta', content_index: 0, delta }
      }
    }
    yield { type: 'thread.item.done', item: { ...item, content: [{ type: 'output_text', text, annotations: [] }] } }
  }
}

const [port, origin] = process.argv.slice(2)
const quiet = { info() { }, warn() { }, error() { }, debug() { } }
const chatkit = new Bench(new MemoryStore(), undefined, quiet)

http.createServer(async (request, reply) => {
  if (request.headers.authorization !== 'Bearer bench') return reply.writeHead(401).end()
  const body = []
  for await (const piece of request) body.push(piece)
  const result = await chatkit.process(Buffer.concat(body), {})
  if (!result.isStreaming) {
    const json = Buffer.from(result.toString())
    return reply.writeHead(200, { 'content-type': 'application/json', 'content-length': json.length }).end(json)
  }
  reply.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' })
  for await (const frame of result) reply.write(frame)
  reply.end()
}).listen(Number(port), '127.0.0.1')
