import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import test, { after, before } from 'node:test';
import { platform, publishedExecutable, root, run } from './repository.mjs';

const work = mkdtempSync(join(tmpdir(), 'launcher-'));
const version = '0.0.1';
let launcher;

after(() => rmSync(work, { recursive: true }));

before(() => {
  publishedExecutable();
  const out = join(work, 'packages');
  ok(run('node', ['packaging/npm/generate.mjs', '--version', version, '--only', platform.rid, '--out', out]));
  ok(run('npm', ['pack', '--pack-destination', work, join(out, platform.name), join(out, 'aotsidecar')]));
  launcher = install('complete', `aotsidecar-${platform.name}-${version}.tgz`, `aotsidecar-${version}.tgz`);
});

/** Installs packed packages, and nothing else, into a project of their own; no script is run. */
function install(name, ...packages) {
  const project = join(work, name);
  ok(run('mkdir', [project]));
  writeFileSync(join(project, 'package.json'), '{ "private": true }');
  ok(run(
    'npm',
    [
      'install', '--ignore-scripts', '--offline', '--no-audit', '--no-fund', '--omit=optional',
      ...packages.map((file) => join(work, file)),
    ],
    { cwd: project },
  ));
  return join(project, 'node_modules', '.bin', 'aotsidecar');
}

function ok({ status, stdout, stderr }) {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
}

test('Package_OfAPlatform_HoldsTheExecutableAndNamesItsMachine', () => {
  const folder = join(work, 'complete', 'node_modules', '@aotsidecar', platform.name);
  const manifest = JSON.parse(run('cat', [join(folder, 'package.json')]).stdout);

  assert.deepEqual(readdirSync(join(folder, 'bin')), [platform.file]);
  assert.deepEqual([manifest.os, manifest.cpu, manifest.libc], [[platform.os], [platform.cpu], [platform.libc]]);
  assert.equal(manifest.scripts, undefined);
});

test('Launcher_InstalledWithoutScripts_RunsTheExecutable', () => {
  const direct = run(publishedExecutable(), ['--version']);

  const launched = run(launcher, ['--version']);

  assert.equal(launched.status, 0, launched.stderr);
  assert.equal(launched.stdout, direct.stdout);
});

test('Launcher_WhenTheExecutableRefuses_PassesArgumentsErrorsAndTheExitCode', () => {
  const { status, stderr } = run(launcher, ['serve', '--no such flag']);

  assert.equal(status, 2);
  assert.match(stderr, /no such flag/);
});

test('Launcher_WithInput_LeavesItToTheExecutable', () => {
  const { status, stdout } = run(launcher, ['serve', '--bridge', join(work, 'none.sock')], { input: 'not a launch line\n' });

  assert.equal(status, 2);
  assert.equal(JSON.parse(stdout).code, 'launch_line_invalid');
});

test('Launcher_Terminated_LetsTheExecutableEndItself', { timeout: 60_000 }, async () => {
  const process = spawn(launcher, ['demo', '--port', '0'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exit = once(process, 'exit');
  for await (const line of createInterface(process.stdout)) {
    if (line.includes('http://')) {
      break;
    }
  }

  process.kill('SIGTERM');

  assert.deepEqual(await exit, [0, null]);
});

test('Launcher_WhenTheExecutableDiesOfASignal_DiesOfItToo', () => {
  const { signal } = run(launcher, ['-c', 'kill -KILL $$'], { env: { ...process.env, AOTSIDECAR_BINARY: '/bin/sh' } });

  assert.equal(signal, 'SIGKILL');
});

test('Launcher_WithABinaryNamedByHand_RunsThatOne', () => {
  const { stdout } = run(launcher, ['-c', 'echo "$0"'], { env: { ...process.env, AOTSIDECAR_BINARY: '/bin/sh' } });

  assert.equal(stdout, '/bin/sh\n');
});

test('Launcher_WithABinaryThatIsNotThere_SaysSo', () => {
  const { status, stderr } = run(launcher, [], { env: { ...process.env, AOTSIDECAR_BINARY: join(work, 'none') } });

  assert.equal(status, 1);
  assert.match(stderr, /^aotsidecar: cannot run .*none: .*ENOENT\n$/);
});

test('Launcher_WithoutThePlatformsPackage_SaysHowToGetIt', () => {
  const lonely = install('lonely', `aotsidecar-${version}.tgz`);

  const { status, stderr } = run(lonely, ['--version']);

  assert.equal(status, 1);
  assert.match(stderr, new RegExp(`@aotsidecar/${platform.name} is not installed; install aotsidecar again`));
});

test('Launcher_AskedByAnExtension_TellsThePath', () => {
  const { stdout } = run('node', ['-p', "require('aotsidecar').executablePath()"], { cwd: join(work, 'complete') });

  assert.equal(stdout.trim(), join(work, 'complete', 'node_modules', '@aotsidecar', platform.name, 'bin', platform.file));
});

test('Packages_OfAPlatformNotPublished_AreRefused', () => {
  const { status, stderr } = run('node', [
    'packaging/npm/generate.mjs', '--version', version, '--artifacts', work, '--only', platform.rid,
  ]);

  assert.equal(status, 2);
  assert.match(stderr, new RegExp(`is missing: ./publish.sh ${platform.rid}`));
});
