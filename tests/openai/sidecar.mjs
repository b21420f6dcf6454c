import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';
import { listen } from './bridge-host.mjs';
import { publishedExecutable } from './executable.mjs';

/** One `serve` of the published executable with its host. Everything secret that passes is remembered, to be looked for at the end. */
export async function startSidecar() {
  const executable = publishedExecutable();
  const launchSecret = randomBytes(32).toString('base64url');
  const secrets = new Map();
  const confidential = [launchSecret];
  const host = await listen(launchSecret, secrets);
  const child = spawn(executable, ['serve', '--bridge', host.path, '--log-level', 'trace']);
  const errors = [];
  child.stderr.on('data', bytes => errors.push(bytes));
  child.stdin.on('error', () => {});
  child.stdin.write(`${JSON.stringify({ launchSecret })}\n`);
  const closed = once(child, 'close');
  const [line] = await Promise.race([once(child.stdout.setEncoding('utf8'), 'data'), closed]);
  const { event, port } = JSON.parse(line);
  assert.equal(event, 'ready');

  const sidecar = {
    url: `http://127.0.0.1:${port}`,

    /** A fresh key at the provider, and a session of it. */
    async open(baseUrl, { api = 'responses', model = 'gpt-test' } = {}) {
      const secret = `sk-real-${randomBytes(24).toString('base64url')}`;
      const secretKeyId = `key-${secrets.size}`;
      secrets.set(secretKeyId, { secret, baseUrl, api, model });
      confidential.push(secret);
      return { secret, secretKeyId, ...await sidecar.mint(secretKeyId) };
    },

    async mint(secretKeyId) {
      const reply = await sidecar.call('POST', '/sessions', {
        token: launchSecret, body: JSON.stringify({ secret_key_id: secretKeyId }),
      });
      assert.equal(reply.status, 201, reply.text);
      const { id, client_secret: token } = JSON.parse(reply.text);
      confidential.push(token);
      return { id, token };
    },

    end: id => sidecar.call('POST', `/sessions/${id}/cancel`, { token: launchSecret }),

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

    /** Ends it as a host does, then looks at all it has written. */
    async stop() {
      child.stdin.end();
      const [code] = await closed;
      host.stop();
      const log = Buffer.concat(errors).toString();
      assert.equal(code, 0, log);
      assert.match(log, /"level":"(trace|debug)"/i, 'the log was asked for in full');
      for (const word of confidential) {
        assert.ok(!log.includes(word), 'a key, a token or the launch secret is in the log');
      }
    },
  };
  return sidecar;
}

export function problem(reply) {
  const body = JSON.parse(reply.text);
  assert.equal(body.message, body.error.message);
  return `${reply.status} ${body.error.code}`;
}
