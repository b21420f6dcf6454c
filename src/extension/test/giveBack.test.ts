import assert from 'node:assert/strict';
import { test } from 'node:test';
import { givingBack } from '../webview/giveBack';

/** As the component: a composer that is emptied when its message is dropped, which it then tells. */
class Composer extends EventTarget {
  text = '';

  setComposerValue({ text }: { readonly text: string }): Promise<void> {
    this.text = text;
    return Promise.resolve();
  }

  end(): void {
    this.text = '';
    this.dispatchEvent(new Event('chatkit.response.end'));
  }
}

const message = (type: string, text: string) =>
  JSON.stringify({ type, params: { input: { content: [{ type: 'input_text', text }] } } });

async function failWith(body: string, request: () => Promise<Response>, signal?: AbortSignal): Promise<string> {
  const composer = new Composer();
  await givingBack(composer, { body, ...(signal && { signal }) }, request, (response) => response.headers.has('refused')).catch(() => undefined);
  composer.end();
  return composer.text;
}

for (const type of ['threads.create', 'threads.add_user_message']) {
  for (const [name, request] of [
    ['401', async () => new Response('', { status: 401 })],
    ['429', async () => new Response('', { status: 429 })],
    ['no network', () => Promise.reject(new TypeError('failed'))],
    ['the extension says no', async () => new Response('', { headers: { refused: '' } })],
  ] as const) {
    test(`GivingBack_${type} and ${name}_PutsTheTextIntoTheComposer`, async () => {
      assert.equal(await failWith(message(type, 'long thought'), request), 'long thought');
    });
  }
}

test('GivingBack_MessageThatIsTaken_StaysGone', async () => {
  assert.equal(await failWith(message('threads.create', 'taken'), async () => new Response('')), '');
});

test('GivingBack_OtherRequest_LeavesTheComposerAlone', async () => {
  assert.equal(await failWith(message('threads.retry_after_item', 'x'), async () => new Response('', { status: 429 })), '');
});

test('GivingBack_StoppedByTheUser_StaysGone', async () => {
  const signal = AbortSignal.abort();

  assert.equal(await failWith(message('threads.create', 'stopped'), () => Promise.reject(new Error('aborted')), signal), '');
});
