import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { scrubbedEnvironment } from '@aotsidecar/client';
import type { Logs } from './logs';

/** Includes the network, where a name server may be slow. */
const doctorTimeoutMs = 60_000;
const maxReportBytes = 1024 * 1024;

/** Runs `aotsidecar doctor` and shows its output. */
export function runDoctor(executable: string, logs: Logs): Promise<void> {
  const options = {
    cwd: dirname(executable),
    env: scrubbedEnvironment(),
    timeout: doctorTimeoutMs,
    maxBuffer: maxReportBytes,
    windowsHide: true,
  };
  logs.client.show(true);
  return new Promise((resolve) => {
    // A failed check also gives a non-zero exit code.
    execFile(executable, ['doctor'], options, (error, stdout, stderr) => {
      const report = `${stdout}${stderr}`.trimEnd();
      if (error === null) {
        logs.client.info(`doctor:\n${report}`);
      } else {
        logs.client.warn(`doctor:\n${report || error.message}`);
      }
      resolve();
    });
  });
}
