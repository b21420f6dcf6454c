import { get } from 'node:http';
import { join } from 'node:path';
import { type HostServices, locateExecutable, type ServeFlags, Sidecar, Supervisor, type SupervisorState } from '@aotsidecar/client';
import * as vscode from 'vscode';
import type { Endpoint } from './chat/messages';
import type { Logs } from './logs';
import type { Settings } from './settings';

/** A live sidecar answers `/health` in a millisecond, even while it streams. */
const healthTimeoutMs = 2000;

/** The sidecar of this window, started when the chat first needs it. */
export class SidecarService {
  readonly supervisor = new Supervisor((signal) => this.#launch(signal));
  readonly #launches = new WeakMap<Sidecar, number>();
  #launchCount = 0;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly settings: Settings,
    private readonly logs: Logs,
    private readonly services: HostServices,
  ) {
    context.subscriptions.push(
      this.supervisor.onState((state) => this.#report(state)),
      logs.onSidecarLevel((level) => this.#whenRunning((sidecar) => sidecar.bridge.setLogLevel(level))),
    );
  }

  executable(): Promise<string> {
    return locateExecutable({
      override: this.settings.executable,
      bundledDirectory: this.context.asAbsolutePath('bin'),
      trusted: vscode.workspace.isTrusted,
    });
  }

  /** The running sidecar; replaced first if it no longer answers. */
  async alive(): Promise<Sidecar> {
    const sidecar = await this.supervisor.sidecar();
    if (await isHealthy(sidecar.port)) {
      return sidecar;
    }
    this.logs.client.warn(`the sidecar ${sidecar.pid} does not answer: it is replaced`);
    void sidecar.stop();
    return this.supervisor.sidecar(sidecar);
  }

  /** The sidecar's URL for a page of `origin`. Tells the sidecar to accept the Host and Origin values that the page will send. */
  async endpoint(origin: string | undefined): Promise<Endpoint & { readonly sidecar: Sidecar }> {
    const sidecar = await this.alive();
    // Proxies of web editors drop path and query, so only the root is resolved.
    const external = await vscode.env.asExternalUri(vscode.Uri.parse(`http://127.0.0.1:${sidecar.port}/`));
    const url = new URL(external.toString(true));
    await sidecar.bridge.allowAccess({ origins: origin === undefined ? [] : [origin], hosts: hostNames(url) });
    return { sidecar, launch: this.#launches.get(sidecar) ?? 0, url: url.href.replace(/[/?#]*$/, '') };
  }

  secretChanged(keyId: string): void {
    this.#whenRunning((sidecar) => sidecar.bridge.secretChanged(keyId));
  }

  toolsChanged(): void {
    this.#whenRunning((sidecar) => sidecar.bridge.toolsChanged());
  }

  /** For changes of the executable or its flags. A failure is shown by the resulting state. */
  restartIfStarted(): void {
    if (this.supervisor.state.kind !== 'stopped') {
      void this.supervisor.restart().catch(() => undefined);
    }
  }

  async #launch(signal: AbortSignal): Promise<Sidecar> {
    const executable = await this.executable();
    this.logs.client.info(`starting ${executable}`);
    const extension = this.context.extension.packageJSON as { version: string };
    const flags = this.#flags();
    const sidecar = await Sidecar.launch({
      executable,
      host: { name: 'aotsidecar-vscode', version: extension.version },
      services: this.services,
      flags,
      onLogLine: (line) => this.logs.writeSidecarLine(line),
      signal,
    });
    this.#launches.set(sidecar, ++this.#launchCount);
    if (this.logs.sidecarLevel !== flags.logLevel) {
      await sidecar.bridge.setLogLevel(this.logs.sidecarLevel).catch((error: unknown) => this.logs.client.warn(String(error)));
    }
    return sidecar;
  }

  #flags(): ServeFlags {
    const { proxy, caFile } = this.settings;
    // A window without a folder has no storage of its own, and two sidecars cannot share one.
    const storage = this.settings.keepsThreads ? this.context.storageUri?.fsPath : undefined;
    return {
      logLevel: this.logs.sidecarLevel,
      // A tool waits for the user's consent, and a task may take ten minutes after it.
      toolTimeout: 720,
      ...(storage !== undefined && { dataDir: join(storage, 'threads') }),
      ...(proxy !== undefined && { proxy }),
      ...(caFile !== undefined && { caFile }),
    };
  }

  #report(state: SupervisorState): void {
    if (state.kind === 'ready') {
      this.logs.client.info(`the sidecar ${state.sidecar.version} runs: pid ${state.sidecar.pid}, port ${state.sidecar.port}`);
    } else if (state.kind === 'waiting') {
      this.logs.client.warn(`${state.error.message}; next start in ${state.delayMs / 1000} s`);
    } else if (state.kind === 'failed') {
      this.logs.client.error(`${state.error.message} (${state.error.code})`);
    }
  }

  /** No effect without a running sidecar: the next one starts with the current state. */
  #whenRunning(action: (sidecar: Sidecar) => Promise<void>): void {
    const { state } = this.supervisor;
    if (state.kind === 'ready') {
      action(state.sidecar).catch((error: unknown) => this.logs.client.warn(String(error)));
    }
  }
}

/** Possible `Host` values for this URL: browsers omit the scheme's default port, some proxies do not. */
function hostNames(url: URL): string[] {
  return url.port === '' ? [url.hostname, `${url.hostname}:${url.protocol === 'https:' ? 443 : 80}`] : [url.host];
}

function isHealthy(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/health', timeout: healthTimeoutMs, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    });
    request.on('timeout', () => request.destroy());
    request.on('error', () => resolve(false));
  });
}
