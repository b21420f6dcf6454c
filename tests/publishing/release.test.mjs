// Runs the shell steps of the release as they stand in the workflow, in a copy of the repository. What only another machine
// can do stays out: the containers, Apple's and Microsoft's signing, and the uploads.

import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { platforms } from '../../packaging/npm/platforms.mjs';
import { platform, publishedExecutable, root, run } from './repository.mjs';
import { workflows } from './workflows.mjs';

const work = mkdtempSync(join(tmpdir(), 'release-'));
const copy = join(work, 'repository');
const version = run(join(root, 'build', 'version.sh')).stdout.trim();
const release = workflows.find(({ name }) => name === 'release.yml').workflow.jobs;

after(() => rmSync(work, { recursive: true, force: true }));

before(() => {
  publishedExecutable();
  // What the next commit would hold: the tracked files as they lie here, and what was published of them.
  for (const file of run('git', ['ls-files']).stdout.trim().split('\n').filter((path) => existsSync(join(root, path)))) {
    cpSync(join(root, file), join(copy, file));
  }
  mkdirSync(join(copy, 'src', 'AotSidecar', 'obj'), { recursive: true });
  ok(run('dotnet', ['restore', join(copy, 'src', 'AotSidecar'), '-r', platform.rid, '-p:PublishAot=true'], { timeout: 240_000 }));
  ok(step('build', 'Publish', { RID: platform.rid, HOW: published() }));
  // Every platform gets this machine's executable: a package is the same whatever program is in it.
  for (const { rid, file } of platforms.filter(({ rid }) => rid !== platform.rid)) {
    for (const kind of ['.', 'symbols', 'meta']) {
      cpSync(join(copy, 'artifacts', kind, platform.rid), join(copy, 'artifacts', kind, rid), { recursive: true });
    }
    if (file !== platform.file) {
      cpSync(join(copy, 'artifacts', rid, platform.file), join(copy, 'artifacts', rid, file));
      rmSync(join(copy, 'artifacts', rid, platform.file));
    }
    // The store that carries files from machine to machine loses their modes.
    chmodSync(join(copy, 'artifacts', rid, file), 0o644);
  }
  ok(step('package', 'Package', { VERSION: version, REPOSITORY: 'https://github.com/example/example' }, 400_000));
});

/** A publish that is there already, in place of one that would take a minute more. */
function published() {
  const script = join(work, 'published.sh');
  writeFileSync(script, `#!/bin/sh
    mkdir -p artifacts/symbols
    cp -R '${join(root, 'artifacts', platform.rid)}' artifacts/
    cp -R '${join(root, 'artifacts', 'symbols', platform.rid)}' artifacts/symbols/
  `);
  chmodSync(script, 0o755);
  return script;
}

/** A step's script, run as GitHub runs it: bash that ends at the first failure, in the repository's folder. */
function step(job, name, env, timeout = 120_000) {
  const found = release[job].steps.filter((candidate) => candidate.run && (candidate.name ?? candidate.id ?? 'only') === name);
  assert.equal(found.length, 1, `${job}: ${name}`);
  return run('bash', ['--noprofile', '--norc', '-eo', 'pipefail', '-c', found[0].run], {
    cwd: copy, env: { ...process.env, ...env }, timeout,
  });
}

function ok({ status, stdout, stderr }) {
  assert.equal(status, 0, `${stdout}\n${stderr}`);
}

const dist = (...path) => join(copy, 'dist', ...path);
const archive = ({ rid, os }, kind = '') => `aotsidecar-${version}-${rid}${kind}.${os === 'win32' ? 'zip' : 'tar.gz'}`;

test('Version_OfATag_IsTheSourcesOrAFailure', () => {
  const output = join(work, 'output');
  writeFileSync(output, '');

  const right = step('version', 'version', { TAG: `v${version}`, GITHUB_OUTPUT: output });
  const wrong = step('version', 'version', { TAG: 'v99.0.0', GITHUB_OUTPUT: join(work, 'none') });

  ok(right);
  assert.equal(readFileSync(output, 'utf8'), `version=${version}\n`);
  assert.notEqual(wrong.status, 0);
  assert.match(wrong.stderr, /the tag is v99\.0\.0/);
});

test('Baseline_OfAnExecutableLinkedHere_IsWhatItsSymbolsSay', () => {
  const symbols = run('objdump', ['-T', publishedExecutable()], { maxBuffer: 1 << 24 }).stdout;
  const newest = Math.max(...[...symbols.matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor)));

  const held = step('build', 'Hold the glibc baseline', { RID: platform.rid });

  assert.equal(held.status === 0, newest <= 28, held.stderr);
  assert.match(held.stdout + held.stderr, new RegExp(`needs glibc 2\\.${newest}\\b`));
});

test('Checksums_OfARelease_AreOfEveryFileAndRight', () => {
  const listed = readFileSync(dist('SHA256SUMS'), 'utf8').trim().split('\n').map((line) => line.split('  ')[1]).sort();
  const there = run('find', ['.', '-type', 'f', '-printf', '%P\n'], { cwd: dist() }).stdout.trim().split('\n')
    .filter((name) => name !== 'SHA256SUMS').sort();

  ok(run('sha256sum', ['--check', '--quiet', 'SHA256SUMS'], { cwd: dist() }));
  assert.deepEqual(listed, there);
  assert.equal(platforms.filter((each) => listed.includes(archive(each)) && listed.includes(archive(each, '-symbols'))).length, 8);
});

test('Packages_OfEveryPlatform_HoldTheArchivesExecutableAndCanRunIt', () => {
  const original = publishedExecutable();
  for (const each of platforms) {
    const place = join(work, 'packages', each.rid);
    mkdirSync(place, { recursive: true });
    const [vsix, npm] = [`aotsidecar-${each.vscode}-${version}.vsix`, join('npm', `aotsidecar-${each.name}-${version}.tgz`)];
    const unpacked = [['archive', archive(each), each.file], ['vsix', vsix, `extension/bin/${each.file}`], ['npm', npm, `package/bin/${each.file}`]]
      .map(([kind, name, path]) => {
        const folder = join(place, kind);
        mkdirSync(folder);
        ok(/\.(zip|vsix)$/.test(name) ? run('unzip', ['-qo', dist(name), '-d', folder]) : run('tar', ['-xf', dist(name), '-C', folder]));
        return join(folder, path);
      });

    for (const file of unpacked) {
      ok(run('cmp', [original, file]));
      assert.equal(run('stat', ['-c', '%A', file]).stdout.trim().replace('rwxrwxr-x', 'rwxr-xr-x'), '-rwxr-xr-x', file);
    }
    assert.ok(existsSync(join(place, 'archive', 'LICENSE')) && existsSync(join(place, 'archive', 'THIRD-PARTY-NOTICES.txt')));
    rmSync(place, { recursive: true });
  }
});

test('Symbols_OfARelease_AreTheOnesOfTheExecutable', () => {
  const folder = join(work, 'symbols');
  mkdirSync(folder);
  ok(run('tar', ['-xf', dist(archive(platform, '-symbols')), '-C', folder]));

  const [file] = readdirSync(folder);

  assert.equal(buildId(join(folder, file)), buildId(publishedExecutable()));
});

function buildId(file) {
  return /Build ID: ([0-9a-f]{40})/.exec(run('readelf', ['-n', file]).stdout)[1];
}

test('BillOfMaterials_OfARelease_NamesTheArchivesAndTheRuntime', () => {
  const bom = JSON.parse(readFileSync(dist(`aotsidecar-${version}.cdx.json`), 'utf8'));

  const sums = new Map(readFileSync(dist('SHA256SUMS'), 'utf8').trim().split('\n').map((line) => line.split('  ').reverse()));
  const files = bom.metadata.component.components;

  assert.deepEqual([bom.bomFormat, bom.specVersion, bom.metadata.component.version], ['CycloneDX', '1.6', version]);
  assert.equal(files.length, 16);
  assert.deepEqual(files.map(({ name, hashes }) => [name, hashes[0].content]), files.map(({ name }) => [name, sums.get(name)]));
  assert.ok(bom.components.some(({ name, scope, hashes }) => /\.Runtime\./.test(name) && scope === 'required' && hashes.length === 1));
  assert.deepEqual(bom.dependencies[0].dependsOn.toSorted(), bom.components.map((part) => part['bom-ref']).toSorted());
});

// For the Linux RIDs the step needs docker; this machine's executable is in every archive, so macOS's branch runs it too.
test('Archive_AboutToBePublished_IsUnpackedAndRun', () => {
  const ran = step('run', 'only', { VERSION: version, RID: 'osx-x64' });

  ok(ran);
  assert.match(ran.stdout, /smoke: passed/);
});

test('Archive_ThatIsNotTheOneSummed_IsNotRun', () => {
  const file = dist(archive(platforms.find(({ rid }) => rid === 'osx-arm64')));
  const bytes = readFileSync(file);
  writeFileSync(file, Buffer.concat([bytes, Buffer.from([0])]));

  const ran = step('run', 'only', { VERSION: version, RID: 'osx-arm64' });
  writeFileSync(file, bytes);

  assert.notEqual(ran.status, 0);
  assert.doesNotMatch(ran.stdout, /smoke/);
});

test('Signing_WithoutACertificate_LeavesTheExecutableAsItIs', () => {
  const secrets = Object.fromEntries(Object.keys(release.build.steps.find(({ name }) => name === 'Sign and notarise').env).map((name) => [name, '']));

  const signed = step('build', 'Sign and notarise', { RID: 'osx-x64', ...secrets });

  ok(signed);
  assert.match(signed.stdout, /no certificate/);
  ok(run('cmp', [publishedExecutable(), join(copy, 'artifacts', 'osx-x64', 'aotsidecar')]));
});

test('Galleries_WithoutATokenOfTheirs_GetNothing', () => {
  const published = step('galleries', 'only', { VSCE_PAT: '', OVSX_PAT: '' });

  ok(published);
  assert.match(published.stdout, /published to no gallery/);
});

// gh is not here: a program of its name writes down what it was asked to upload.
test('Release_OfATag_UploadsEveryKindOfFile', () => {
  const bin = join(work, 'bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'gh'), '#!/bin/sh\nprintf "%s\\n" "$@"\n');
  chmodSync(join(bin, 'gh'), 0o755);
  const env = { PATH: `${bin}:${process.env.PATH}`, TAG: `v${version}`, VERSION: version };

  const stable = step('github', 'Release', env).stdout.split('\n');
  const preview = step('github', 'Release', { ...env, VERSION: '1.0.0-rc.1' }).stdout.split('\n');

  const uploaded = stable.filter((argument) => argument.startsWith('dist/')).map((path) => path.slice(5)).sort();
  assert.deepEqual(uploaded, readdirSync(dist()).filter((name) => name !== 'npm').sort());
  assert.ok(stable.includes('--latest') && stable.includes('--verify-tag'));
  assert.ok(preview.includes('--prerelease') && !preview.includes('--latest'));
});

test('Npm_Packages_ArePublishedPlatformsFirst', () => {
  const bin = join(work, 'npm-bin');
  mkdirSync(bin);
  writeFileSync(join(bin, 'npm'), '#!/bin/sh\necho "$@"\n');
  chmodSync(join(bin, 'npm'), 0o755);

  const published = step('npm', 'only', { PATH: `${bin}:${process.env.PATH}`, VERSION: version });

  ok(published);
  const order = published.stdout.trim().split('\n').map((line) => /^publish \.\/dist\/npm\/(\S+) --access public --tag latest$/.exec(line)[1]);
  assert.deepEqual(order.toSorted(), readdirSync(dist('npm')).sort());
  assert.equal(order.at(-1), `aotsidecar-${version}.tgz`);
});
