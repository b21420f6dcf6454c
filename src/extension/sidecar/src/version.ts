import { execFile, type ExecFileException } from 'node:child_process';
import { dirname } from 'node:path';
import { scrubbedEnvironment } from './environment';
import { SidecarError } from './errors';

/** A native executable answers in about 20 ms; the rest is for a cold disk and a virus scanner. */
const answerTimeoutMs = 10_000;

/** The first version that speaks protocol 1. */
export const minimumVersion = '0.1.0';

/** Runs `--version`: proves that the file is the sidecar, runs on this machine and is new enough. */
export async function checkVersion(executable: string, minimum: string = minimumVersion): Promise<string> {
  const output = await run(executable);
  const version = /^aotsidecar (\d+\.\d+\.\d+)[^\s]*\s*$/.exec(output)?.[1];
  if (version === undefined) {
    throw new SidecarError('executable_unusable', `${executable} does not answer --version as aotsidecar does`);
  }
  if (compareVersions(version, minimum) < 0) {
    throw new SidecarError('version_unsupported', `${executable} is version ${version}: ${minimum} or later is needed`);
  }
  return version;
}

export function compareVersions(left: string, right: string): number {
  const [a, b] = [left, right].map((version) => version.split('.').map(Number));
  return (a ?? []).reduce((order, part, index) => order || part - (b?.[index] ?? 0), 0);
}

function run(executable: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = {
      cwd: dirname(executable),
      env: scrubbedEnvironment(),
      timeout: answerTimeoutMs,
      // The file may be anything, and may ignore SIGTERM.
      killSignal: 'SIGKILL' as const,
      maxBuffer: 4096,
      windowsHide: true,
    };
    const child = execFile(executable, ['--version'], options, (error, stdout) => {
      if (error === null) {
        resolve(stdout);
      } else {
        reject(explain(executable, error));
      }
    });
    child.stdin?.end();
  });
}

function explain(executable: string, error: ExecFileException): SidecarError {
  if (error.code === 'ENOENT') {
    return new SidecarError('executable_not_found', `${executable} does not exist`, { cause: error });
  }
  return error.killed
    ? new SidecarError('executable_unusable', `${executable} did not answer --version in ${answerTimeoutMs / 1000} s`, { cause: error })
    : new SidecarError('executable_unusable', `${executable} cannot be run: try "${executable} --version" in a terminal`, { cause: error });
}
