import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { root, run } from './repository.mjs';

const tracked = run('git', ['ls-files']).stdout.split('\n');
const scripts = tracked.filter((path) => path.endsWith('.sh') || path === '.ci/run');

test('Scripts_ReadByShellcheck_HaveNoFinding', () => {
  assert.ok(scripts.includes('publish.sh'));

  const { status, stdout } = run('shellcheck', scripts);

  assert.equal(status, 0, stdout);
});

test('Scripts_InGit_AreExecutable', () => {
  const modes = run('git', ['ls-files', '--stage', ...scripts]).stdout.trim().split('\n');

  const notExecutable = modes.filter((line) => !line.startsWith('100755'));

  assert.deepEqual(notExecutable, []);
});

// macOS has bash 3.2 and nothing newer; these are what later versions added and shellcheck does not ask about.
test('Scripts_RunOnMacOS_UseNothingNewerThanBash32', () => {
  const newer = /\b(mapfile|readarray|coproc)\b|declare -[aAgn]*[Agn]|local -n|\$\{[^}]*(,,|\^\^|@[QEPAa])|&>>|\|&|\bwait -n\b/;

  const found = ['publish.sh', '.ci/run', 'build/install-hint.sh', 'build/collect.sh', 'build/sign-macos.sh',
    'build/run-packaged.sh', 'build/smoke.sh', 'tests/prerequisites.sh']
    .flatMap((path) => readFileSync(join(root, path), 'utf8').split('\n').map((line) => `${path}: ${line}`))
    .filter((line) => newer.test(line));

  assert.deepEqual(found, []);
});
