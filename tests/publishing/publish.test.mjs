import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import test, { after } from 'node:test';
import { platform, publishedExecutable, root, run } from './repository.mjs';

const script = join(root, 'publish.sh');
const work = mkdtempSync(join(tmpdir(), 'publish-'));
after(() => rmSync(work, { recursive: true }));

/** A PATH that has only the named programs, as a machine on which little is installed. */
function pathWith(name, programs) {
  const folder = join(work, name);
  mkdirSync(folder);
  for (const program of programs) {
    symlinkSync(run('sh', ['-c', `command -v ${program}`]).stdout.trim(), join(folder, program));
  }
  return { ...process.env, PATH: folder };
}
const basics = ['bash', 'uname', 'ldd', 'grep', 'dirname', 'cat', 'mktemp', 'rm', 'apt-get'];

for (const [rid, reason] of [
  ['win-x64', /MSVC linker and the Windows SDK/],
  ['osx-arm64', /Apple's linker and SDK/],
  ['linux-musl-x64', /musl/],
  ['plan9-x64', /unknown RID 'plan9-x64'; known: linux-x64 /],
]) {
  test(`Publish_Of${rid}_IsRefusedInOneLineWithTheReason`, () => {
    const { status, stdout, stderr } = run(script, [rid], { cwd: work });

    assert.equal(status, 2);
    assert.equal(stdout, '');
    assert.match(stderr, reason);
    assert.equal(stderr.trim().split('\n').length, 1);
  });
}

test('Publish_OfOneThatCannotBeBuilt_BuildsNoneOfTheOthers', () => {
  const { status, stdout } = run(script, [platform.rid, 'osx-x64']);

  assert.equal(status, 2);
  assert.equal(stdout, '');
});

test('Publish_WithoutTheSdk_NamesItsPackageInOneLine', () => {
  const { status, stderr } = run(script, [], { env: pathWith('no-sdk', basics) });

  assert.equal(status, 2);
  assert.equal(stderr, 'publish.sh: the .NET SDK 10 is missing: apt-get install dotnet-sdk-10.0\n');
});

test('Publish_WithoutACompiler_NamesItsPackagesInOneLine', () => {
  const { status, stderr } = run(script, [], { env: pathWith('no-compiler', [...basics, 'dotnet']) });

  assert.equal(status, 2);
  assert.equal(stderr, 'publish.sh: a C compiler that links is missing: apt-get install clang libc6-dev\n');
});

// The compiler by a wrapper, because it looks for its parts beside the path it is called by.
test('Publish_WithoutObjcopy_NamesItsPackageInOneLine', () => {
  const env = pathWith('no-objcopy', [...basics, 'dotnet', 'as', 'ld']);
  const compiler = run('sh', ['-c', 'command -v clang || command -v gcc']).stdout.trim();
  writeFileSync(join(env.PATH, basename(compiler)), `#!/bin/sh\nexec ${compiler} "$@"\n`, { mode: 0o755 });
  symlinkSync('/bin/sh', join(env.PATH, 'sh'));

  const { status, stderr } = run(script, [], { env });

  assert.equal(status, 2);
  assert.equal(stderr, 'publish.sh: objcopy is missing: apt-get install binutils\n');
});

test('Publish_OfArm64WithoutTheCrossCompiler_NamesItsPackagesInOneLine', () => {
  const { status, stderr } = run(script, ['linux-arm64'], { env: pathWith('no-cross', [...basics, 'dotnet']) });

  assert.equal(status, 2);
  assert.match(stderr, /^publish\.sh: the cross compiler for linux-arm64 is missing: apt-get install .*libc6-dev-arm64-cross\n$/);
});

test('Publish_WithAnUnknownOption_IsAUsageError', () => {
  const { status, stderr } = run(script, ['--fast']);

  assert.equal(status, 2);
  assert.match(stderr, /unknown option '--fast'/);
});

test('Publish_AskedForHelp_ShowsItsThreeForms', () => {
  const { status, stdout } = run(script, ['--help'], { cwd: work });

  assert.equal(status, 0);
  assert.match(stdout, /publish\.sh {16}publish for this machine/);
  assert.match(stdout, /publish\.sh RID…/);
  assert.match(stdout, /publish\.sh demo \[ARG…\]/);
});

test('Publish_OfThisMachine_LeavesExactlyTheExecutable', () => {
  publishedExecutable();

  assert.deepEqual(readdirSync(join(root, 'artifacts', platform.rid)), [platform.file]);
});

// The compiler takes the file only when its command line names it; that is in the response file of the publish.
test('RdXml_OfThisMachinesPublish_WasReadByTheCompiler', () => {
  publishedExecutable();
  const native = join(root, 'src', 'AotSidecar', 'obj', 'Release', 'net10.0', platform.rid, 'native');

  const directives = readFileSync(join(native, 'aotsidecar.ilc.rsp'), 'utf8')
    .split(/\r?\n/)
    .filter((line) => line.startsWith('--rdxml:'));

  assert.equal(directives.length, 1);
  assert.match(directives[0], /rd\.xml$/);
});

test('RdXml_InTheRepository_KeepsNothing', () => {
  const text = readFileSync(join(root, 'rd.xml'), 'utf8').replaceAll(/<!--[\s\S]*?-->/g, '');

  const elements = [...text.matchAll(/<(\w+)/g)].map(([, name]) => name);

  assert.deepEqual(elements, ['Directives', 'Application']);
});

test('Baseline_OfAnExecutable_IsHeldInBothDirections', () => {
  const check = join(root, 'tests', 'publishing', 'check-glibc.sh');

  const wide = run(check, [publishedExecutable(), '2.99']);
  const narrow = run(check, [publishedExecutable(), '2.4']);
  const none = run(check, [script, '2.99']);

  assert.equal(wide.status, 0, wide.stderr);
  assert.match(wide.stdout, /needs glibc 2\.\d+, allowed is 2\.99/);
  assert.equal(narrow.status, 1);
  assert.match(narrow.stderr, /newer than 2\.4:\n {2}\w+/);
  assert.equal(none.status, 1);
});
