import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { FrameGuard } from '../src/framing';

const frame = (body: string) => `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

async function pass(...chunks: readonly (string | Buffer)[]): Promise<string> {
  const guard = new FrameGuard();
  guard.trust();
  const received: Buffer[] = [];
  guard.on('data', (chunk: Buffer) => received.push(chunk));
  const end = once(guard, 'close');
  chunks.forEach((chunk) => guard.write(chunk));
  guard.end();
  await end;
  return Buffer.concat(received).toString();
}

test('FrameGuard_FramesByteByByte_PassUnchanged', async () => {
  const text = frame('{"a":"ä"}') + frame('{}');

  const passed = await pass(...[...Buffer.from(text)].map((byte) => Buffer.from([byte])));

  assert.equal(passed, text);
});

test('FrameGuard_ThousandFramesInOneChunk_PassUnchanged', async () => {
  const text = frame('{"jsonrpc":"2.0"}').repeat(1000);

  const passed = await pass(text);

  assert.equal(passed, text);
});

test('FrameGuard_ContentTypeBesideLength_Passes', async () => {
  const text = 'Content-Type: application/vscode-jsonrpc; charset=utf-8\r\ncontent-length: 2\r\n\r\n{}';

  const passed = await pass(text);

  assert.equal(passed, text);
});

const bad: Record<string, string> = {
  'no length': 'X: 1\r\n\r\n',
  'two lengths': 'Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}',
  'sign': 'Content-Length: +2\r\n\r\n{}',
  'hexadecimal': 'Content-Length: 0x2\r\n\r\n{}',
  'trailing text': 'Content-Length: 2 bytes\r\n\r\n{}',
  'zero': 'Content-Length: 0\r\n\r\n',
  'over 1 MiB': `Content-Length: ${1024 * 1024 + 1}\r\n\r\n`,
  'header block over 1 KiB': `X: ${'x'.repeat(1100)}`,
};

for (const [name, text] of Object.entries(bad)) {
  test(`FrameGuard_${name}_EndsTheStream`, async () => {
    await assert.rejects(pass(text), /bridge/);
  });
}

test('FrameGuard_UnprovenPeerThatSaysTooMuch_EndsTheStream', async () => {
  const guard = new FrameGuard();
  guard.resume();
  const failed = once(guard, 'error');

  guard.write(frame('{"jsonrpc":"2.0"}').repeat(200));

  const [error] = (await failed) as [Error];
  assert.match(error.message, /before its proof/);
});

test('FrameGuard_BodyThatNeverArrives_EndsTheStreamAfterItsDeadline', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const guard = new FrameGuard();
  const failed = once(guard, 'error');
  guard.write('Content-Length: 100\r\n\r\n{');
  await new Promise(setImmediate);

  t.mock.timers.tick(5000);

  const [error] = (await failed) as [Error];
  assert.match(error.message, /over 5 s/);
});

test('FrameGuard_SilenceBetweenFrames_IsNoViolation', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const guard = new FrameGuard();
  guard.write(frame('{}'));
  await new Promise(setImmediate);

  t.mock.timers.tick(60_000);

  assert.equal(guard.destroyed, false);
});
