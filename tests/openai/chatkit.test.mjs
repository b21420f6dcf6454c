// A thread created over ChatKit's protocol, answered by a mock that others wrote, in both of its dialects.
import { LLMock } from '@copilotkit/aimock';
import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { startSidecar } from './sidecar.mjs';

const answer = 'Streams come in pieces, and 🙂 survives them.';
const theirs = 'MOCK-WORDS';
let sidecar;

async function startMock() {
  const mock = new LLMock({ port: 0, chunkSize: 5, logLevel: 'silent' });
  mock.onMessage('answer me', { content: answer });
  mock.onMessage('limit me', { error: { message: theirs, type: theirs, code: 'rate_limit_exceeded' }, status: 429, retryAfter: 1 });
  mock.onMessage('fail me', { error: { message: theirs, type: 'server_error', code: theirs }, status: 500 });
  mock.onMessage('forbid me', { error: { message: theirs, type: theirs, code: theirs }, status: 403 });
  mock.onMessage('drop me', { content: answer }, { chaos: { dropRate: 1 } });
  mock.onMessage('garble me', { content: answer }, { chaos: { malformedRate: 1 } });
  mock.onMessage('hang up on me', { content: answer }, { chaos: { disconnectRate: 1 } });
  // The delay makes the mock send what it has before it cuts.
  mock.onMessage('cut me short', { content: answer }, { truncateAfterChunks: 7, latency: 20 });
  await mock.start();
  return mock;
}

// Each dialect has its own mock, so that they can wait for their retries at the same time.
describe('ChatKit', { concurrency: 2 }, () => {
  before(async () => { sidecar = await startSidecar(); });
  after(() => sidecar.stop());

  for (const [api, path] of [['responses', '/v1/responses'], ['chat-completions', '/v1/chat/completions']]) {
    describe(api, { concurrency: 1 }, () => {
      let mock, session;
      before(async () => {
        mock = await startMock();
        session = await sidecar.open(`${mock.url}/v1`, { api });
      });
      after(() => mock.stop());
      beforeEach(() => { mock.clearRequests(); });

      /** Creates a thread and reads its stream to the end. */
      async function ask(text) {
        const reply = await sidecar.call('POST', '/chatkit', {
          token: session.token,
          body: JSON.stringify({
            type: 'threads.create',
            params: { input: { content: [{ type: 'input_text', text }], attachments: [], inference_options: {} } },
          }),
        });
        assert.equal(reply.status, 200, reply.text);
        assert.ok(!/MOCK-WORDS|chaos/i.test(reply.text), 'nothing of what the provider said about its failure');
        assert.ok(!reply.text.includes(session.secret) && !reply.text.includes(session.token));
        const events = reply.text.split('\n\n').filter(block => block.startsWith('data: ')).map(block => JSON.parse(block.slice(6)));
        assert.ok(mock.getRequests().every(request => request.path === path));
        return { events, asked: mock.getRequests().length };
      }
      const said = events => events
        .filter(event => event.type === 'thread.item.done' && event.item.type === 'assistant_message')
        .map(event => event.item.content.map(part => part.text).join(''));
      const errors = events => events.filter(event => event.type === 'error');

      /** The new thread has its title even so; the answer itself is over. */
      const assertNothingFollowsTheError = events => {
        const after = events.slice(events.findIndex(event => event.type === 'error') + 1);
        assert.deepEqual(after.filter(event => event.type !== 'thread.updated'), []);
      };

      test('Thread_Created_IsAnsweredInPieces', async () => {
        const { events, asked } = await ask('answer me');

        const deltas = events.map(event => event.update).filter(update => update?.type === 'assistant_message.content_part.text_delta');
        assert.equal(deltas.map(update => update.delta).join(''), answer);
        assert.ok(deltas.length > 1);
        assert.deepEqual(said(events), [answer]);
        assert.deepEqual(errors(events), []);
        assert.equal(asked, 1);
      });

      for (const status of [429, 500, 503]) {
        test(`Provider_FailingOnceWith${status}_IsAskedAgain`, async () => {
          mock.nextRequestError(status, { message: theirs, type: theirs, code: 'some_code' });

          const { events, asked } = await ask('answer me');

          assert.deepEqual(said(events), [answer]);
          assert.deepEqual(errors(events), []);
          assert.equal(asked, 2);
        });
      }

      for (const [text, times] of [['limit me', 3], ['fail me', 3], ['forbid me', 1], ['drop me', 3], ['hang up on me', 3]]) {
        test(`Provider_AskedTo_${text.replaceAll(' ', '_')}_EndsInOneError`, async () => {
          const { events, asked } = await ask(text);

          assert.equal(errors(events).length, 1);
          assertNothingFollowsTheError(events);
          assert.deepEqual(said(events), []);
          assert.equal(asked, times);
        });
      }

      test('Provider_ThatGarblesItsAnswer_EndsInOneError', async () => {
        const { events } = await ask('garble me');

        assert.equal(errors(events).length, 1);
        assertNothingFollowsTheError(events);
        assert.deepEqual(said(events), []);
      });

      test('Provider_ThatStopsInTheMiddle_EndsInOneErrorAndIsNotAskedAgain', async () => {
        const { events, asked } = await ask('cut me short');

        assert.equal(errors(events).length, 1);
        assertNothingFollowsTheError(events);
        assert.equal(asked, 1);
      });
    });
  }
});
