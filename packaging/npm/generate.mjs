// Makes the npm packages: one for each published executable, and the launcher that depends on them all.
//
//   node packaging/npm/generate.mjs --version 1.2.3 [--repository URL] [--artifacts DIR] [--out DIR] [--only RID,…]
//
// Without --only every platform must have been published: a launcher that lacks one is not for release.

import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { platforms } from './platforms.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..');
const { values: options } = parseArgs({
  options: {
    version: { type: 'string' },
    repository: { type: 'string' },
    artifacts: { type: 'string', default: join(root, 'artifacts') },
    out: { type: 'string', default: join(root, 'artifacts', 'npm') },
    only: { type: 'string' },
  },
});
if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(options.version ?? '')) {
  console.error('generate: --version 1.2.3 is required');
  process.exit(2);
}

const only = options.only?.split(',');
const chosen = platforms.filter(({ rid }) => only?.includes(rid) ?? true);
const unknown = only?.filter((rid) => !platforms.some((platform) => platform.rid === rid)) ?? [];
const missing = chosen.filter((platform) => !existsSync(executable(platform)));
if (unknown.length > 0 || missing.length > 0) {
  for (const rid of unknown) {
    console.error(`generate: unknown RID ${rid}; known: ${platforms.map((platform) => platform.rid).join(', ')}`);
  }
  for (const platform of missing) {
    console.error(`generate: ${executable(platform)} is missing: ./publish.sh ${platform.rid}`);
  }
  process.exit(2);
}

const common = {
  version: options.version,
  license: 'MIT',
  engines: { node: '>=18' },
  // npm accepts a provenance statement only for the repository that the package names.
  ...(options.repository && { repository: { type: 'git', url: `git+${options.repository}.git` } }),
  publishConfig: { access: 'public', ...(options.repository && { provenance: true }) },
};

for (const platform of chosen) {
  writePlatform(platform);
}
writeLauncher();

function executable({ rid, file }) {
  return join(options.artifacts, rid, file);
}

function writePlatform(platform) {
  const folder = join(options.out, platform.name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(join(folder, 'bin'), { recursive: true });
  copyFileSync(executable(platform), join(folder, 'bin', platform.file));
  chmodSync(join(folder, 'bin', platform.file), 0o755);
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  const notices = join(options.artifacts, 'meta', platform.rid, 'THIRD-PARTY-NOTICES.txt');
  if (existsSync(notices)) {
    copyFileSync(notices, join(folder, 'THIRD-PARTY-NOTICES.txt'));
  }
  writeFileSync(
    join(folder, 'README.md'),
    `# @aotsidecar/${platform.name}\n\nThe ${platform.title} executable of \`aotsidecar\`; install that package instead.\n`,
  );
  writeJson(join(folder, 'package.json'), {
    name: `@aotsidecar/${platform.name}`,
    description: `The ${platform.title} executable of aotsidecar`,
    ...common,
    os: [platform.os],
    cpu: [platform.cpu],
    ...(platform.libc && { libc: [platform.libc] }),
    // Plug'n'Play installers keep packages zipped unless told that a file inside must be run.
    preferUnplugged: true,
    files: ['bin', 'THIRD-PARTY-NOTICES.txt'],
  });
}

function writeLauncher() {
  const folder = join(options.out, 'aotsidecar');
  rmSync(folder, { recursive: true, force: true });
  cpSync(join(here, 'aotsidecar'), folder, { recursive: true });
  chmodSync(join(folder, 'bin', 'aotsidecar.js'), 0o755);
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeJson(join(folder, 'package.json'), {
    ...JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')),
    private: undefined,
    ...common,
    optionalDependencies: Object.fromEntries(
      chosen.map(({ name }) => [`@aotsidecar/${name}`, options.version]),
    ),
  });
}

function writeJson(path, value) {
  writeFileSync(path, `${JSON.stringify(value, undefined, 2)}\n`);
}
