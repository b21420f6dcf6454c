import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { scrubbedEnvironment } from '../src/environment';
import { proxyWithCredentials, serveArguments } from '../src/flags';
import { drainLines } from '../src/lines';
import { locateExecutable } from '../src/locate';
import { compareVersions } from '../src/version';

test('ScrubbedEnvironment_OnUnix_IsTheHomeAlone', () => {
  const environment = scrubbedEnvironment({ PATH: '/bin', HOME: '/home/u', OPENAI_API_KEY: 'sk-1', LD_PRELOAD: '/x.so' }, 'linux');

  assert.deepEqual(environment, { HOME: '/home/u' });
});

test('ScrubbedEnvironment_OnWindows_KeepsWhatTheSystemNeeds', () => {
  const environment = scrubbedEnvironment({ SystemRoot: 'C:\\Windows', OPENAI_API_KEY: 'sk-1', DOTNET_gcServer: '1' }, 'win32');

  assert.deepEqual(environment, { SystemRoot: 'C:\\Windows' });
});

test('ServeArguments_RepeatableFlags_AreRepeated', () => {
  const args = serveArguments('/run/s', 7, { allowOrigins: ['a://b', 'c://d'], port: 0 });

  assert.deepEqual(args, [
    ...['serve', '--bridge', '/run/s', '--parent-pid', '7', '--log-format', 'json'],
    ...['--port', '0', '--allow-origin', 'a://b', '--allow-origin', 'c://d'],
  ]);
});

test('DrainLines_SplitAnywhere_GivesWholeLines', async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  drainLines(stream, (line) => lines.push(line));

  [...Buffer.from('ä\r\nb\n\nrest')].forEach((byte) => stream.write(Buffer.from([byte])));
  await new Promise<void>((resolve) => stream.end(() => setImmediate(resolve)));

  assert.deepEqual(lines, ['ä', 'b', '', 'rest']);
});

test('DrainLines_LineWithoutEnd_IsCutAndTheNextOneIsRead', async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  drainLines(stream, (line) => lines.push(line));

  Array.from({ length: 10 }, () => stream.write('x'.repeat(64 * 1024)));
  stream.write('\nnext\n');
  await new Promise<void>((resolve) => stream.end(() => setImmediate(resolve)));

  assert.deepEqual(lines.map((line) => line.length), [64 * 1024, 4]);
});

test('DrainLines_ReaderThatThrows_DoesNotStopTheReading', async () => {
  const stream = new PassThrough();
  const lines: string[] = [];
  drainLines(stream, (line) => {
    lines.push(line);
    throw new Error('reader');
  });

  stream.write('a\nb\n');
  await new Promise<void>((resolve) => stream.end(() => setImmediate(resolve)));

  assert.deepEqual(lines, ['a', 'b']);
});

test('CompareVersions_ByNumberNotByText', () => {
  assert.ok(compareVersions('0.10.0', '0.9.9') > 0);
  assert.equal(compareVersions('1.2.3', '1.2.3'), 0);
});

test('LocateExecutable_UntrustedWorkspace_TakesTheBundledOneOnly', { skip: process.platform === 'win32' }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'locate-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [bundled, other] = [join(directory, 'aotsidecar'), join(directory, 'other')];
  [bundled, other].forEach((path) => writeFileSync(path, ''));
  [bundled, other].forEach((path) => chmodSync(path, 0o755));

  const locate = (trusted: boolean) => locateExecutable({ override: other, bundledDirectory: directory, trusted });

  assert.deepEqual([await locate(true), await locate(false)], [other, bundled]);
});

test('LocateExecutable_WithoutExecutableBit_SaysWhatToDo', { skip: process.platform === 'win32' }, async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'locate-'));
  t.after(() => rmSync(directory, { recursive: true }));
  writeFileSync(join(directory, 'aotsidecar'), '', { mode: 0o644 });

  const located = locateExecutable({ bundledDirectory: directory, trusted: true });

  await assert.rejects(located, { code: 'executable_not_found', message: /install the package made for this platform/ });
});

test('ServeArguments_ProxyWithCredentials_IsNoArgumentButALaunchLineMember', () => {
  const flags = { proxy: 'http://user:p%40ss@proxy.example:3128' };

  assert.ok(!serveArguments('/run/s', 7, flags).includes('--proxy'));
  assert.deepEqual(proxyWithCredentials(flags), { url: 'http://proxy.example:3128/', user: 'user', password: 'p@ss' });
  assert.equal(proxyWithCredentials({ proxy: 'http://proxy.example:3128' }), undefined);
});
