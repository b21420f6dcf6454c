import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { dirname } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { scrubbedEnvironment } from './environment';
import { SidecarError } from './errors';
import { drainLines } from './lines';
import { protocolVersion } from './protocol';

export interface ReadyLine {
  readonly port: number;
  readonly pid: number;
  readonly version: string;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The child process: its launch line, its one line on stdout, its log on stderr and its end. */
export class SidecarProcess {
  readonly exited: Promise<Exit>;
  readonly ready: Promise<ReadyLine>;

  private constructor(
    private readonly child: ChildProcessByStdio<Writable, Readable, Readable>,
    onLogLine: (line: string) => void,
  ) {
    this.exited = new Promise((resolve) => {
      // `close`, unlike `exit`, comes after all output has been read, so a fatal line is never lost.
      child.once('close', (code, signal) => resolve({ code, signal }));
    });
    this.ready = new Promise((resolve, reject) => {
      child.once('error', (error) => reject(new SidecarError('executable_unusable', 'the sidecar could not be started', { cause: error })));
      let first = true;
      drainLines(child.stdout, (line) => {
        if (first) {
          first = false;
          settle(line, resolve, reject);
        }
      });
      void this.exited.then((exit) => reject(new SidecarError('exited', `the sidecar ended before it was ready (${describeExit(exit)})`)));
    });
    // Nobody may be waiting any more when this fails.
    this.ready.catch(() => undefined);
    drainLines(child.stderr, onLogLine);
    child.stdin.on('error', () => undefined);
  }

  static spawn(executable: string, args: readonly string[], onLogLine: (line: string) => void): SidecarProcess {
    const child = spawn(executable, args, {
      // Never the workspace: libraries and files in it must not be picked up.
      cwd: dirname(executable),
      env: scrubbedEnvironment(),
      stdio: ['pipe', 'pipe', 'pipe'],
      windowsHide: true,
    });
    return new SidecarProcess(child, onLogLine);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Stdin stays open afterwards: its end tells the sidecar that the host is gone, even after a `kill -9`. */
  writeLaunchLine(line: string): void {
    this.child.stdin.write(line);
  }

  endInput(): void {
    this.child.stdin.end();
  }

  kill(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }
}

export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `signal ${signal}`;
}

function settle(line: string, resolve: (ready: ReadyLine) => void, reject: (error: SidecarError) => void): void {
  const message = parse(line);
  if (message?.['event'] === 'fatal') {
    reject(new SidecarError(String(message['code']), String(message['message'])));
    return;
  }
  const { port, pid, version } = message ?? {};
  if (message?.['event'] !== 'ready' || typeof port !== 'number' || typeof pid !== 'number' || typeof version !== 'string') {
    reject(new SidecarError('ready_line_invalid', 'the first line of the sidecar is not its ready line'));
  } else if (message['protocolVersion'] !== protocolVersion) {
    reject(new SidecarError('version_unsupported', `the sidecar speaks another protocol than version ${protocolVersion}`));
  } else {
    resolve({ port, pid, version });
  }
}

function parse(line: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
