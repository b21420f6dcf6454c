// What stands around the sidecar: a provider that speaks the Responses API, and sites that serve pages.
import { createServer } from 'node:http'
import { gate, startProvider as start } from '../shared/provider.mjs'

async function listen(server) {
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve))
  const close = () => {
    server.closeAllConnections()
    return new Promise(resolve => server.close(resolve))
  }
  return { port: server.address().port, origin: `http://127.0.0.1:${server.address().port}`, close }
}

/** Says its words one by one; after the first it waits until somebody has read it. */
export async function startProvider(words) {
  const { open: firstWordWasRead, opened: read } = gate()
  const item = { id: 'msg_1', type: 'message', role: 'assistant' }, at = { item_id: 'msg_1', output_index: 0, content_index: 0 }
  const part = text => ({ type: 'output_text', annotations: [], logprobs: [], text })
  const provider = await start(async response => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' })
    let sequence = 0
    const send = (type, members) =>
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, ...members, sequence_number: sequence++ })}\n\n`)
    const whole = { id: 'resp_1', object: 'response', created_at: 1795400000, model: 'gpt-4.1-mini', output: [], usage: null }
    const text = words.join('')
    send('response.created', { response: { ...whole, status: 'in_progress' } })
    send('response.output_item.added', { item: { ...item, status: 'in_progress', content: [] }, output_index: 0 })
    send('response.content_part.added', { ...at, part: part('') })
    for (const word of words) {
      send('response.output_text.delta', { ...at, delta: word, logprobs: [] })
      await read
    }
    const done = { ...item, status: 'completed', content: [part(text)] }
    send('response.output_text.done', { ...at, text, logprobs: [] })
    send('response.content_part.done', { ...at, part: part(text) })
    send('response.output_item.done', { item: done, output_index: 0 })
    send('response.completed', { response: { ...whole, status: 'completed', output: [done] } })
    response.end()
  })
  return {
    firstWordWasRead,
    origin: new URL(provider.url).origin,
    close: provider.stop,
    get requests() { return provider.requests.length },
    get key() { return provider.requests.at(-1)?.headers.authorization },
  }
}

/** An empty page at every path, and at /worker.js the given script. */
export async function startSite(worker = '') {
  return listen(createServer((request, response) => request.url === '/worker.js'
    ? response.writeHead(200, { 'Content-Type': 'text/javascript' }).end(worker)
    : response.writeHead(200, { 'Content-Type': 'text/html' }).end('<!doctype html><title>a page</title>')))
}
