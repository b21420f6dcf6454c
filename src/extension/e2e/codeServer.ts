import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';

export type SettingsOf = Readonly<Record<string, unknown>>;

/** What the editor finds when it starts. */
export interface Scene {
  readonly files?: Readonly<Record<string, string>>;
  /** Those of the user, for this machine. */
  readonly settings?: SettingsOf;
  readonly workspaceSettings?: SettingsOf;
  /** Whether the workspace is trusted without a question. */
  readonly trusted?: boolean;
}

/** A code-server of this test's own, with its own profile and workspace; nothing is left of it. */
export class CodeServer {
  private constructor(
    readonly url: string,
    readonly home: string,
    private readonly child: ChildProcess,
  ) {}

  static async start(installation: string, vsix: string, scene: Scene): Promise<CodeServer> {
    const { files = {}, settings = {}, workspaceSettings, trusted = true } = scene;
    const home = mkdtempSync(join(tmpdir(), 'aotsidecar-e2e-'));
    const entry = join(installation, 'node_modules/code-server/out/node/entry.js');
    const profile = ['--user-data-dir', join(home, 'data'), '--extensions-dir', join(home, 'extensions')];
    const env = { PATH: process.env['PATH'], HOME: home, XDG_RUNTIME_DIR: home };
    const workspace = join(home, 'workspace');
    mkdirSync(workspace);
    // The welcome page takes the focus whenever one of its steps is done, opening the command palette among them, and the
    // palette closes when it loses the focus.
    writeJson(join(home, 'data/User/settings.json'), {
      'workbench.startupEditor': 'none',
      'security.workspace.trust.startupPrompt': 'never',
    });
    // To the browser this machine is a remote one, whose machine-scoped settings count in this file alone. In the user's
    // file they count only as long as the editor has not read it after the extension declared their scope.
    writeJson(join(home, 'data/Machine/settings.json'), settings);
    Object.entries(files).forEach(([name, content]) => {
      mkdirSync(dirname(join(workspace, name)), { recursive: true });
      writeFileSync(join(workspace, name), content);
    });
    if (workspaceSettings !== undefined) {
      writeJson(join(workspace, '.vscode/settings.json'), workspaceSettings);
    }

    execFileSync(process.execPath, [entry, ...profile, '--install-extension', vsix], { env, stdio: 'ignore' });
    const quiet = ['--auth', 'none', '--disable-telemetry', '--disable-update-check', ...(trusted ? ['--disable-workspace-trust'] : [])];
    const child = spawn(process.execPath, [entry, ...profile, ...quiet, '--bind-addr', '127.0.0.1:0', workspace], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return new CodeServer(await listening(child), home, child);
  }

  /** Writes the settings of the workspace; the editor sees them change. */
  configure(settings: SettingsOf): void {
    writeJson(join(this.workspace, '.vscode/settings.json'), settings);
  }

  get dataFolder(): string {
    return join(this.home, 'data');
  }

  get workspace(): string {
    return join(this.home, 'workspace');
  }

  get extensionFolder(): string {
    const [name] = readdirSync(join(this.home, 'extensions')).filter((entry) => entry.startsWith('aotsidecar.'));
    return join(this.home, 'extensions', name ?? '');
  }

  /** The running sidecars of this editor: processes whose executable is the installed one. */
  sidecars(): readonly { readonly pid: number; readonly parent: number; readonly arguments: readonly string[] }[] {
    return readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .flatMap((entry) => {
        try {
          const args = readFileSync(`/proc/${entry}/cmdline`, 'utf8').split('\0');
          const parent = Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${entry}/status`, 'utf8'))?.[1]);
          return args.some((arg) => arg.startsWith(this.home) && arg.endsWith('/bin/aotsidecar')) && args.includes('serve')
            ? [{ pid: Number(entry), parent, arguments: args }]
            : [];
        } catch {
          return [];
        }
      });
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await Promise.race([ended, after(10_000)]);
    this.child.kill('SIGKILL');
    rmSync(this.home, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

function writeJson(path: string, content: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, JSON.stringify(content));
}

function listening(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = '';
    // Read to the end of its life: a full or a closed pipe would stop it.
    child.stdout?.on('data', (chunk: Buffer) => {
      output = (output + String(chunk)).slice(-10_000);
      const url = /listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(output)?.[1];
      if (url !== undefined) {
        resolve(url);
      }
    });
    child.once('exit', () => reject(new Error(`code-server ended before it listened:\n${output}`)));
  });
}
