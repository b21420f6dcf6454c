// Where things are, and the executable that the tests run: the real one, published when nobody has yet.

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { platforms } from '../../packaging/npm/platforms.mjs';

export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

// The tests that publish need glibc Linux, macOS or Windows; on musl publish.sh says the RID.
export const platform = platforms.find(({ os, cpu, libc }) =>
  os === process.platform && cpu === process.arch && libc !== 'musl');

/** Runs a program to its end, in a minute that only a hang uses up. */
export function run(command, args = [], options = {}) {
  const result = spawnSync(command, args, { cwd: root, encoding: 'utf8', timeout: 60_000, ...options });
  if (result.error) {
    throw result.error;
  }
  return result;
}

export function publishedExecutable() {
  const path = join(root, 'artifacts', platform.rid, platform.file);
  if (!existsSync(path)) {
    const published = run(join(root, 'publish.sh'), [], { timeout: 300_000 });
    if (published.status !== 0) {
      throw new Error(`publish.sh failed\n${published.stderr}`);
    }
  }
  return path;
}
