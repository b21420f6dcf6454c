// Builds one VSIX with one executable: by default for this machine, or `npm run package -- <rid>` for another.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const { runtimeIdentifier } = require('../sidecar/dist/src/platform.js');
const root = fileURLToPath(new URL('..', import.meta.url));
const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** The editors' names for the executable's platforms. */
const targets = {
  'win-x64': 'win32-x64',
  'win-arm64': 'win32-arm64',
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'linux-musl-x64': 'alpine-x64',
  'linux-musl-arm64': 'alpine-arm64',
  'osx-x64': 'darwin-x64',
  'osx-arm64': 'darwin-arm64',
};
/** Someone on a train installs this: the issue's own limit. */
const maxBytes = 8 * 1024 * 1024;

const rid = process.argv[2] ?? runtimeIdentifier();
const target = targets[rid] ?? fail(`unknown platform ${rid}; known: ${Object.keys(targets).join(', ')}`);
const name = rid.startsWith('win-') ? 'aotsidecar.exe' : 'aotsidecar';
const executable = process.argv[2] === undefined && process.env.AOTSIDECAR_EXE ? process.env.AOTSIDECAR_EXE : `${checkout}artifacts/${rid}/${name}`;
if (!existsSync(executable)) {
  fail(`${executable} does not exist: run ./publish.sh ${rid} in the checkout`);
}
if (process.platform === 'win32' && !rid.startsWith('win-')) {
  fail('a package made on Windows loses the executable bit: make it on Linux or macOS');
}

// A folder of its own holds exactly what is shipped; no list of exclusions has to be right.
const stage = `${root}dist/vsix`;
rmSync(stage, { recursive: true, force: true });
mkdirSync(`${stage}/bin`, { recursive: true });
mkdirSync(`${stage}/dist`);
copyFileSync(executable, `${stage}/bin/${name}`);
chmodSync(`${stage}/bin/${name}`, 0o755);
copyFileSync(`${root}dist/extension.js`, `${stage}/dist/extension.js`);
cpSync(`${root}dist/webview`, `${stage}/dist/webview`, { recursive: true });
cpSync(`${root}media`, `${stage}/media`, { recursive: true });
// The package holds none of the files that README's relative links lead to: their text stays.
const readme = readFileSync(`${root}README.md`, 'utf8');
writeFileSync(`${stage}/README.md`, readme.replace(/\[([^\]]+)\]\((?!https?:|#)[^)]*\)/g, '$1'));
copyFileSync(`${checkout}LICENSE`, `${stage}/LICENSE`);
const { scripts: _s, devDependencies: _d, workspaces: _w, private: _p, ...manifest } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
writeFileSync(`${stage}/package.json`, JSON.stringify({ ...manifest, files: ['bin', 'dist', 'media', 'LICENSE', 'README.md'], engines: { vscode: manifest.engines.vscode } }, null, 2));

const vsix = `${root}dist/aotsidecar-${target}-${manifest.version}.vsix`;
const vsce = require.resolve('@vscode/vsce/vsce');
const packed = spawnSync(process.execPath, [vsce, 'package', '--no-dependencies', '--allow-missing-repository', '--target', target, '--out', vsix], {
  cwd: stage,
  stdio: ['ignore', 'ignore', 'inherit'],
});
if (packed.status !== 0) {
  fail('vsce failed');
}
const { size } = statSync(vsix);
if (size > maxBytes) {
  fail(`${vsix} has ${size} bytes: ${maxBytes} is the limit`);
}
console.log(`${vsix}  ${(size / 1024 / 1024).toFixed(1)} MB`);

function fail(message) {
  console.error(`package: ${message}`);
  process.exit(1);
}
