import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { publishedExecutable } from './support';

/** What npm would publish, unpacked where a program of others has it: beside its one dependency and nothing else. */

const run = promisify(execFile);
const source = resolve(__dirname, '../..');
const onWindows = process.platform === 'win32';
let home: string;
let files: readonly string[];

before(async () => {
  home = realpathSync(mkdtempSync(join(tmpdir(), 'client-')));
  // `npm test` has built it; to build it once more would pull the files from under the tests that run beside this one.
  const { stdout } = await run('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', home], { cwd: source, shell: onWindows });
  const [packed] = JSON.parse(stdout) as [{ readonly filename: string; readonly files: readonly { readonly path: string }[] }];
  files = packed.files.map(({ path }) => path);
  const place = join(home, 'node_modules/@aotsidecar/client');
  mkdirSync(place, { recursive: true });
  await run('tar', ['-xzf', join(home, packed.filename), '--strip-components=1', '-C', place]);
  cpSync(resolve(require.resolve('vscode-jsonrpc/node'), '../../..'), join(home, 'node_modules/vscode-jsonrpc'), { recursive: true });
});

after(() => rmSync(home, { recursive: true, force: true }));

test('Package_Packed_HoldsTheBuiltClientItsTypesAndNothingElse', () => {
  const others = files.filter((path) => !/^dist\/src\/\w+\.(js|d\.ts)$/.test(path));

  assert.deepEqual(others.toSorted(), ['LICENSE', 'README.md', 'package.json']);
  assert.ok(files.includes('dist/src/index.js') && files.includes('dist/src/index.d.ts'));
});

test('Package_Manifest_NamesOneDependency', () => {
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8')) as { readonly dependencies: object };

  assert.deepEqual(Object.keys(manifest.dependencies), ['vscode-jsonrpc']);
});

for (const [kind, name, imports] of [
  ['module', 'program.mjs', "import { SessionKeeper, Sidecar, Supervisor } from '@aotsidecar/client';"],
  ['script', 'program.cjs', "const { SessionKeeper, Sidecar, Supervisor } = require('@aotsidecar/client');"],
] as const) {
  test(`Package_InAPlainProgramThatIsA${kind}_StartsTheSidecarAndMintsASession`, async () => {
    writeFileSync(join(home, name), `${imports}\n${program}`);

    const { stdout } = await run(process.execPath, [name, publishedExecutable()], { cwd: home });

    assert.deepEqual(JSON.parse(stdout), { status: 200, end: 'stopped' });
  });
}

const program = `
const supervisor = new Supervisor((signal) => Sidecar.launch({
  executable: process.argv[2],
  host: { name: 'plain-program', version: '1.0.0' },
  services: { getSecret: async () => ({ secret: 'sk-plain-0123456789' }) },
  signal,
}));
const sessions = new SessionKeeper(async () => (await supervisor.sidecar()).bridge, () => ({ secretKeyId: 'openai-main' }));
(async () => {
  const { port } = await supervisor.sidecar();
  const { clientSecret } = await sessions.session();
  const { status } = await fetch('http://127.0.0.1:' + port + '/chatkit', {
    method: 'POST',
    headers: { 'Authorization': 'Bearer ' + clientSecret, 'Content-Type': 'application/json' },
    body: JSON.stringify({ type: 'threads.list', params: {} }),
  });
  await supervisor.stop();
  console.log(JSON.stringify({ status, end: supervisor.state.kind }));
})();
`;
