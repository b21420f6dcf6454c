import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { startSidecar as start } from '../shared/sidecar.mjs';

/** A sidecar that logs all it can. Everything secret that passes is remembered, to be looked for in the log at the end. */
export async function startSidecar() {
  const sidecar = await start('--log-level', 'trace');
  const confidential = [sidecar.launchSecret];
  const { mint, stop } = sidecar;
  return Object.assign(sidecar, {
    /** A fresh key at the provider, and a session of it. */
    async open(baseUrl, { api = 'responses', model = 'gpt-test', ...account } = {}) {
      const secret = `sk-real-${randomBytes(24).toString('base64url')}`;
      const secretKeyId = `key-${sidecar.secrets.size}`;
      sidecar.secrets.set(secretKeyId, { secret, baseUrl, api, model, ...account });
      confidential.push(secret);
      return { secret, secretKeyId, ...await sidecar.mint(secretKeyId) };
    },

    async mint(secretKeyId) {
      const session = await mint(secretKeyId);
      confidential.push(session.token);
      return session;
    },

    end: id => sidecar.call('POST', `/sessions/${id}/cancel`, { token: sidecar.launchSecret }),

    async stop() {
      const log = await stop();
      assert.match(log, /"level":"(trace|debug)"/i, 'the log was asked for in full');
      for (const word of confidential) {
        assert.ok(!log.includes(word), 'a key, a token or the launch secret is in the log');
      }
    },
  });
}

export function problem(reply) {
  const body = JSON.parse(reply.text);
  assert.equal(body.message, body.error.message);
  return `${reply.status} ${body.error.code}`;
}
