import { execFile } from 'node:child_process';
import { dirname } from 'node:path';
import { scrubbedEnvironment } from '@aotsidecar/client';
import type { Logs } from './logs';

/** It looks at the network, too, where a name server may take its time. */
const doctorTimeoutMs = 60_000;
const maxReportBytes = 1024 * 1024;

/** Runs the executable's own check of this machine and shows what it says. */
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
    // A machine that needs mending is reported through the exit code as well as in the text.
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
