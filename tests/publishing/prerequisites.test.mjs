import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { root, run } from './repository.mjs';

const script = join(root, 'tests', 'prerequisites.sh');
const work = mkdtempSync(join(tmpdir(), 'prerequisites-'));
after(() => rmSync(work, { recursive: true }));

/** A PATH of the script's own tools and the named programs, by wrappers, because a compiler looks for its parts beside its path. */
function pathWith(programs) {
  const folder = mkdtempSync(join(work, 'path-'));
  for (const program of ['dirname', 'mktemp', 'rm', 'as', 'ld', 'apt-get', ...programs]) {
    const found = run('sh', ['-c', `command -v ${program}`]).stdout.trim();
    writeFileSync(join(folder, program), `#!/bin/sh\nexec ${found} "$@"\n`, { mode: 0o755 });
  }
  return { ...process.env, PATH: folder };
}

const compiler = run('sh', ['-c', 'command -v clang || command -v gcc || command -v cc']).stdout.trim().split('/').at(-1);

test('Prerequisites_OnAMachineThatHasThem_SayNothing', () => {
  const { status, stdout, stderr } = run('/bin/sh', [script], { env: pathWith([compiler, 'node', 'npm']) });

  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: '', stderr: '' });
});

for (const [missing, present, line] of [
  ['ACompiler', ['node', 'npm'], 'a C compiler that links is missing: apt-get install clang libc6-dev'],
  ['Node', [compiler, 'npm'], 'Node.js is missing: apt-get install nodejs'],
  ['Npm', [compiler, 'node'], 'npm is missing: apt-get install npm'],
  ['NodeAndNpm', [compiler], 'Node.js is missing: apt-get install nodejs; npm is missing: apt-get install npm'],
]) {
  test(`Prerequisites_Without${missing}_AreNamedInOneLineWithTheirPackages`, () => {
    const { stdout } = run('/bin/sh', [script], { env: pathWith(present) });

    assert.equal(stdout, `the native tests cannot run: ${line}\n`);
  });
}

test('Prerequisites_WithACompilerThatCannotLink_NameItsPackages', () => {
  const env = pathWith(['node', 'npm']);
  writeFileSync(join(env.PATH, 'clang'), '#!/bin/sh\nexit 1\n', { mode: 0o755 });

  const { stdout } = run('/bin/sh', [script], { env });

  assert.match(stdout, /^the native tests cannot run: a C compiler that links is missing: /);
});
