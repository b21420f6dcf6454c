import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { runtimeIdentifier } from '../src/platform';

/** From dist/test up to the checkout. */
const checkout = resolve(__dirname, '../../../../..');

/** The published executable, which every test of a launch runs; there is no stand-in for it. */
export function publishedExecutable(): string {
  const name = process.platform === 'win32' ? 'aotsidecar.exe' : 'aotsidecar';
  const path = process.env['AOTSIDECAR_EXE'] ?? join(checkout, 'artifacts', runtimeIdentifier(), name);
  if (!existsSync(path)) {
    throw new Error(`${path} does not exist: run ./publish.sh in the checkout, or set AOTSIDECAR_EXE`);
  }
  return path;
}

/** What anything in these tests may take at most; a wait that is never met fails here and not in the runner. */
const testTimeoutMs = 15_000;

export async function eventually<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} did not happen in ${testTimeoutMs / 1000} s`)), testTimeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
