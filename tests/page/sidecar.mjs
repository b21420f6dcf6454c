// The published executable as an extension would run it: a host on a private socket that proves itself and gives out one key.
import { spawn } from 'node:child_process'
import { createHmac, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const rid = `${{ darwin: 'osx', win32: 'win' }[process.platform] ?? process.platform}-${process.arch}`
const executable = process.env.AOTSIDECAR_EXE ?? fileURLToPath(new URL(`../../artifacts/${rid}/aotsidecar`, import.meta.url))

export class Sidecar {
  launchSecret = randomBytes(32).toString('base64url')
  // How often the sidecar asked for a key, which is what minting a session takes.
  secretsGiven = 0
  get origin() { return `http://127.0.0.1:${this.port}` }

  async start(...flags) {
    if (!existsSync(executable)) throw new Error(`there is no ${executable}: run ./publish.sh, or set AOTSIDECAR_EXE`)
    this.folder = await mkdtemp(join(tmpdir(), 'gates-')) // 0700, so no other user reaches the socket
    const pipe = join(this.folder, 'b')
    this.host = createServer(socket => this.#serve(socket)).listen(pipe)
    await once(this.host, 'listening')
    this.child = spawn(executable, ['serve', '--bridge', pipe, ...flags], { cwd: '/', env: {}, stdio: ['pipe', 'pipe', 'inherit'] })
    this.exited = once(this.child, 'exit')
    this.child.stdin.write(JSON.stringify({ launchSecret: this.launchSecret }) + '\n')
    const [line] = await once(createInterface({ input: this.child.stdout }), 'line')
    const said = JSON.parse(line)
    if (said.event !== 'ready') throw new Error(line)
    this.port = said.port
    return this
  }
  async stop() {
    this.child?.stdin.end()
    await this.exited
    this.host?.close()
    if (this.folder) await rm(this.folder, { recursive: true })
  }

  async ask(method, path, credential, body) {
    const headers = { Authorization: `Bearer ${credential}`, ...body && { 'Content-Type': 'application/json' } }
    const reply = await fetch(this.origin + path, { method, headers, body: body && JSON.stringify(body) })
    if (!reply.ok) throw new Error(`${reply.status} ${await reply.text()}`)
    return reply.json()
  }
  async mint() { return (await this.ask('POST', '/sessions', this.launchSecret, { secret_key_id: 'page' })).client_secret }
  // Every refusal so far, by its code.
  async refusals() { return (await this.ask('GET', '/status', this.launchSecret)).counters.refusals ?? {} }

  #serve(socket) {
    let bytes = Buffer.alloc(0)
    const theirs = {}, ours = randomBytes(32).toString('base64url')
    const sign = text => createHmac('sha256', this.launchSecret).update(text).digest('base64url')
    const answer = (id, result) => {
      const frame = JSON.stringify({ jsonrpc: '2.0', id, result })
      socket.write(`Content-Length: ${Buffer.byteLength(frame)}\r\n\r\n${frame}`)
    }
    const receive = ({ id, method, params }) => {
      if (method === 'initialize') {
        theirs.nonce = params.nonce
        const proof = sign(`aotsidecar/1 host ${theirs.nonce} ${ours}`)
        return answer(id, { protocolVersion: 1, host: { name: 'gates', version: '1.0.0' }, nonce: ours, proof })
      }
      if (method === 'initialized') theirs.proven = params.proof === sign(`aotsidecar/1 sidecar ${ours} ${theirs.nonce}`)
      if (!theirs.proven) return socket.destroy()
      if (method === 'secrets/get') {
        this.secretsGiven++
        answer(id, { secret: 'sk-of-the-page' })
      }
    }
    socket.on('error', () => {}) // a broken connection also closes
    socket.on('data', chunk => {
      bytes = Buffer.concat([bytes, chunk])
      for (let end; (end = bytes.indexOf('\r\n\r\n')) >= 0;) {
        const length = +/^Content-Length: (\d+)/i.exec(bytes.subarray(0, end))[1], start = end + 4
        if (bytes.length < start + length) return
        receive(JSON.parse(bytes.subarray(start, start + length)))
        bytes = bytes.subarray(start + length)
      }
    })
  }
}
