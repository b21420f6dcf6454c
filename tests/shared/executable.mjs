import { existsSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const systems = { linux: 'linux', darwin: 'osx', win32: 'win' };

/** The published executable: the tests drive what users get, not what a debugger would. */
export function publishedExecutable() {
  const name = process.platform === 'win32' ? 'aotsidecar.exe' : 'aotsidecar';
  const rid = `${systems[process.platform]}-${process.arch}`;
  const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
  const path = resolve(process.env.AOTSIDECAR_EXE ?? join(root, 'artifacts', rid, name));
  if (!existsSync(path)) {
    console.error(`${path} is missing: run ./publish.sh first, or set AOTSIDECAR_EXE`);
    process.exit(1);
  }
  return path;
}
