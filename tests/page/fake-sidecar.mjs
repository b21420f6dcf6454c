// A scripted sidecar for the chat page: the page's files under their real content security policy, the one-use code, and
// ChatKit over SSE with every event type. What it answers is chosen by the first word of the user's message.
// By hand: `node fake-sidecar.mjs` prints a URL. In tests: `await startFakeSidecar()`.
import { setMaxListeners } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { fileURLToPath } from 'node:url'
import { scripts } from './scripts.mjs'

const PAGE = new URL('../../src/AotSidecar/Demo/Page/', import.meta.url)
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src data: blob: https:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
const FILES = { '/': ['index.html', 'text/html'], '/page.css': ['page.css', 'text/css'], '/page.js': ['page.js', 'text/javascript'] }
const STREAMS = /^threads\.(create|add_user_message|add_client_tool_output|add_structured_input|retry_after_item|custom_action)$/

export class FakeSidecar {
  threads = new Map()
  requests = []
  // Statuses to answer with before anything else: { status, headers, message }, one request each.
  refusals = []
  #tokens = new Set()
  #code = 'first-code'
  #gates = []
  #ids = 0
  #waiting = []

  id(prefix) { return `${prefix}_${String(++this.#ids).padStart(6, '0')}` }
  get url() { return `http://127.0.0.1:${this.server.address().port}/#code=${this.#code}` }
  get origin() { return `http://127.0.0.1:${this.server.address().port}` }
  revokeTokens() { this.#tokens.clear() }
  spendCode() { this.#code = this.id('code') }

  // A script waits at a gate until the test lets it go on, or the page has gone.
  gate(signal) {
    return new Promise(resolve => {
      this.#gates.push(resolve)
      signal.addEventListener('abort', resolve, { once: true })
      this.#notify()
    })
  }
  release() { this.#gates.splice(0).forEach(open => open()) }
  get gated() { return this.#gates.length }
  // Resolves once `test(this)` holds; looked at after every request, gate and disconnect.
  until(test) {
    return new Promise(resolve => {
      this.#waiting.push({ test, resolve })
      this.#notify()
    })
  }
  #notify() {
    this.#waiting = this.#waiting.filter(w => !(w.test(this) && (w.resolve(), true)))
  }

  addThread(title, { count = 0, created = new Date(), status } = {}) {
    const thread = { id: this.id('thr'), title, created_at: created.toISOString(), status: status ?? { type: 'active' }, metadata: {}, store: [] }
    this.threads.set(thread.id, thread)
    for (let i = 0; i < count; i++) thread.store.push(i % 2 ? this.assistant(thread, `Answer ${i}`) : this.user(thread, `Question ${i}`))
    return thread
  }
  item(thread, type, members, prefix = 'msg') {
    return { id: this.id(prefix), thread_id: thread.id, created_at: new Date().toISOString(), type, ...members }
  }
  user(thread, text, extra) {
    return this.item(thread, 'user_message', { content: [{ type: 'input_text', text }], attachments: [], inference_options: {}, ...extra })
  }
  assistant(thread, text, annotations = []) {
    return this.item(thread, 'assistant_message', { content: [{ annotations, text, type: 'output_text' }] })
  }
  view(thread, data = [], has_more = false) {
    const { store, ...rest } = thread
    return { ...rest, items: { data, has_more } }
  }

  async start(port = 0) {
    this.server = createServer((request, response) => this.#serve(request, response).catch(e => response.destroy(e)))
    await new Promise(resolve => this.server.listen(port, '127.0.0.1', resolve))
    return this
  }
  async stop() {
    this.server.closeAllConnections()
    await new Promise(resolve => this.server.close(resolve))
  }

  async #serve(request, response) {
    const json = (status, body, headers = {}) =>
      response.writeHead(status, { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers }).end(JSON.stringify(body))
    const file = FILES[request.url]
    if (file) {
      const body = await readFile(new URL(file[0], PAGE))
      return response.writeHead(200, { 'Content-Type': file[1] + '; charset=utf-8', 'Content-Security-Policy': CSP }).end(body)
    }
    let body = ''
    for await (const chunk of request.setEncoding('utf8')) body += chunk
    const credential = request.headers.authorization?.replace('Bearer ', '')
    if (request.url === '/demo/session') {
      if (credential !== this.#code) return json(401, { message: 'invalid credential' })
      this.spendCode()
      const token = this.id('ck')
      this.#tokens.add(token)
      return json(200, { client_secret: token, expires_in: 600, next_code: this.#code, model: 'echo', note: 'No OPENAI_API_KEY: a built-in echo model answers.' })
    }
    if (request.url !== '/chatkit') return json(404, { message: 'not found' })
    if (!this.#tokens.has(credential)) return json(401, { message: 'invalid credential' })
    const call = JSON.parse(body)
    this.requests.push(call)
    this.#notify()
    const refusal = this.refusals.shift()
    if (refusal) return json(refusal.status, { message: refusal.message }, refusal.headers)
    return STREAMS.test(call.type) ? this.#stream(call, response) : this.#answer(call, json)
  }

  #answer({ type, params: p }, json) {
    const thread = this.threads.get(p.thread_id)
    if (p.thread_id && !thread) return json(404, { message: 'no such thread' })
    const page = (all, after, limit) => {
      const from = after ? all.findIndex(x => x.id === after) + 1 : 0, data = all.slice(from, from + (limit || 20))
      return { data, has_more: from + data.length < all.length }
    }
    switch (type) {
      case 'threads.list': {
        const { data, has_more } = page([...this.threads.values()].reverse(), p.after, p.limit)
        return json(200, { data: data.map(t => this.view(t)), has_more })
      }
      case 'threads.get_by_id': {
        const { data, has_more } = page(thread.store, null, 20)
        return json(200, this.view(thread, data, has_more))
      }
      case 'items.list': return json(200, page(thread.store, p.after, 5))
      case 'threads.update': thread.title = p.title; return json(200, this.view(thread))
      case 'threads.delete': this.threads.delete(thread.id); return json(200, {})
      case 'items.feedback': return json(200, {})
      case 'threads.sync_custom_action': {
        const item = thread.store.find(i => i.id === p.item_id)
        item.widget = { type: 'Card', children: [{ type: 'Text', value: 'Synced: ' + JSON.stringify(p.action.payload) }] }
        return json(200, { updated_item: item })
      }
      default: return json(400, { message: 'unknown op' })
    }
  }

  async #stream({ type, params: p }, response) {
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-cache, no-store' })
    const gone = new AbortController()
    setMaxListeners(0, gone.signal)
    response.on('close', () => {
      gone.abort()
      this.#notify()
    })
    const send = event => {
      if (event.type === 'thread.item.done') thread.store.push(event.item)
      if (event.type === 'thread.item.replaced') thread.store[thread.store.findIndex(i => i.id === event.item.id)] = event.item
      if (!gone.signal.aborted) response.write(`data: ${JSON.stringify(event)}\n\n`)
    }
    let thread = this.threads.get(p.thread_id)
    if (type === 'threads.create') {
      thread = this.addThread()
      send({ type: 'thread.created', thread: this.view(thread) })
    }
    let said
    if (p.input?.content) {
      const user = this.user(thread, p.input.content[0].text)
      send({ type: 'thread.item.done', item: user })
      said = user.content[0].text
    } else if (type === 'threads.retry_after_item') {
      const at = thread.store.findIndex(i => i.id === p.item_id)
      thread.store.length = at + 1
      said = thread.store[at].content[0].text
    }
    send({ type: 'stream_options', stream_options: { allow_cancel: true } })
    const turn = { fake: this, thread, send, signal: gone.signal, response, params: p, said }
    const name = { 'threads.add_client_tool_output': 'toolOutput', 'threads.add_structured_input': 'structuredInput', 'threads.custom_action': 'action', 'threads.retry_after_item': 'retried' }[type]
      ?? said.split(' ')[0].toLowerCase()
    await (scripts[name] ?? scripts.echo)(turn)
    if (type === 'threads.create' && !thread.title) {
      thread.title = said.slice(0, 60)
      send({ type: 'thread.updated', thread: this.view(thread) })
    }
    if (!response.destroyed) response.end()
  }
}

export const startFakeSidecar = port => new FakeSidecar().start(port)

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fake = await startFakeSidecar(+process.argv[2] || 0)
  console.log(fake.url)
}
