// One `serve` of the published executable with its host, as an extension runs it, for every test that is written in JavaScript.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { createInterface } from 'node:readline';
import { listen } from './bridge-host.mjs';
import { publishedExecutable } from './executable.mjs';

/** @param flags of `serve`, beside the bridge */
export async function startSidecar(...flags) {
  const executable = publishedExecutable();
  const launchSecret = randomBytes(32).toString('base64url');
  const host = await listen(launchSecret);
  // Nothing of this process's environment is its business; Windows alone cannot start anything without some.
  const env = process.platform === 'win32' ? process.env : {};
  const child = spawn(executable, ['serve', '--bridge', host.path, ...flags], { env });
  const errors = [];
  child.stderr.on('data', bytes => errors.push(bytes));
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify({ launchSecret })}\n`);
  const closed = once(child, 'close');
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), closed]);
  const { event, port } = JSON.parse(line);
  assert.equal(event, 'ready', line);

  const sidecar = {
    launchSecret,
    port,
    origin: `http://127.0.0.1:${port}`,

    /** What the host knows of each key id; the sidecar asks for it once for each session. */
    secrets: host.secrets,

    /** How often it was given a key. */
    get secretsGiven() { return host.given; },

    async mint(secretKeyId) {
      const reply = await sidecar.call('POST', '/sessions', {
        token: launchSecret, body: JSON.stringify({ secret_key_id: secretKeyId }),
      });
      assert.equal(reply.status, 201, reply.text);
      const { id, client_secret: token } = JSON.parse(reply.text);
      return { id, token };
    },

    async status() {
      return JSON.parse((await sidecar.call('GET', '/status', { token: launchSecret })).text);
    },

    /** A plain HTTP request on a connection of its own; `onData` sees the body as it comes. */
    send(method, path, { token, headers = {}, body, chunked, onData, signal } = {}) {
      const all = { ...(token && { authorization: `Bearer ${token}` }), ...headers };
      if (body !== undefined) {
        all['content-type'] ??= 'application/json';
        all[chunked ? 'transfer-encoding' : 'content-length'] ??= chunked ? 'chunked' : Buffer.byteLength(body);
      }
      const sent = request({ host: '127.0.0.1', port, method, path, headers: all, agent: false, signal });
      const reply = new Promise((resolve, reject) => {
        sent.on('error', reject);
        sent.on('response', response => {
          const parts = [];
          response.on('error', reject);
          response.on('data', part => {
            parts.push(part);
            onData?.(part, Buffer.concat(parts));
          });
          response.on('end', () => {
            const bytes = Buffer.concat(parts);
            resolve({ status: response.statusCode, headers: response.headers, bytes, text: bytes.toString() });
          });
        });
      });
      return { sent, reply };
    },

    call(method, path, options = {}) {
      const { sent, reply } = sidecar.send(method, path, options);
      sent.end(options.body);
      return reply;
    },

    /** Ends it as a host does, and tells all it has written to its log. */
    async stop() {
      child.stdin.end();
      const [code] = await closed;
      host.stop();
      const log = Buffer.concat(errors).toString();
      assert.equal(code, 0, log);
      return log;
    },
  };
  return sidecar;
}
