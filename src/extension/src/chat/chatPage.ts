import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SessionKeeper, SidecarError } from '@aotsidecar/client';
import * as vscode from 'vscode';
import type { Logs } from '../logs';
import { keyLabel, type Settings } from '../settings';
import type { SidecarService } from '../sidecarService';
import { componentPage, failurePage, offlinePage, startingPage, type Place } from './html';
import type { FromPage, Problem, ToPage } from './messages';
import { Relay } from './relay';

export interface ChatServices {
  readonly extensionUri: vscode.Uri;
  readonly sidecar: SidecarService;
  readonly settings: Settings;
  readonly logs: Logs;
  /** Shared by all pages of the window, so that only one waits for OpenAI's component in vain. */
  readonly component: { unavailable: boolean };
}

/** What the pages' own links may run. */
const commands = ['restart', 'doctor', 'showLogs', 'reloadChat'].map((name) => `aotsidecar.${name}`);

/** One chat in one webview: its page, its session and its relay. Never sees the API key. */
export class ChatPage {
  readonly #disposables: vscode.Disposable[] = [];
  readonly #relay = new Relay((message) => this.#send(message));
  readonly #sessions: SessionKeeper;
  #origin: string | undefined;
  #failed = false;
  #wantsFocus = false;

  constructor(
    private readonly webview: vscode.Webview,
    private readonly place: Place,
    private readonly services: ChatServices,
  ) {
    const { sidecar, settings } = services;
    this.#sessions = new SessionKeeper(
      async () => (await sidecar.supervisor.sidecar()).bridge,
      () => ({
        ...{ secretKeyId: settings.activeKey.keyId, environment: settings.activeKey.environment },
        ...(this.#origin !== undefined && { origin: this.#origin }),
        ...(settings.model !== undefined && { model: settings.model }),
        ...(settings.instructions !== undefined && { instructions: settings.instructions }),
      }),
    );
    webview.options = {
      enableScripts: true,
      enableCommandUris: commands,
      localResourceRoots: [vscode.Uri.joinPath(services.extensionUri, 'dist', 'webview')],
    };
    this.#disposables.push(
      webview.onDidReceiveMessage((message: FromPage) => void this.#receive(message)),
      sidecar.supervisor.onState(({ kind }) => {
        if (kind === 'ready' && this.#failed) {
          void this.show();
        }
      }),
    );
  }

  /** Renders the page for the running sidecar; its policy allows one address to connect to. */
  async show(): Promise<void> {
    const { sidecar, settings, logs, component } = this.services;
    this.#failed = false;
    this.webview.html = startingPage;
    try {
      const { url } = await sidecar.endpoint(undefined);
      const files = {
        cspSource: this.webview.cspSource,
        asset: (name: string) => this.webview.asWebviewUri(vscode.Uri.joinPath(this.#folder, ...name.split('/'))).toString(),
      };
      const connect = new URL(url).origin;
      if (settings.chatUi === 'component' || (settings.chatUi === 'auto' && !component.unavailable)) {
        this.webview.html = componentPage(files, connect, this.place);
      } else {
        const page = await readFile(join(this.#folder.fsPath, 'page', 'index.html'), 'utf8');
        this.webview.html = offlinePage(page, files, connect, this.place);
      }
    } catch (error) {
      this.#failed = true;
      logs.client.error(`the chat cannot be shown: ${String(error)}`);
      this.webview.html = failurePage(
        'The sidecar is not running',
        error instanceof SidecarError ? error.message : 'its log may say why',
        [
          { label: 'Restart', command: 'aotsidecar.restart' },
          { label: 'Run doctor', command: 'aotsidecar.doctor' },
          { label: 'Show logs', command: 'aotsidecar.showLogs' },
        ],
      );
    }
  }

  /** Puts the cursor where the user types, now or as soon as there is a page. */
  focus(): void {
    this.#wantsFocus = true;
    this.#send({ type: 'focus' });
  }

  newChat(): void {
    this.#send({ type: 'newChat' });
  }

  keyChanged(): void {
    this.#send({ type: 'keyChanged' });
  }

  /** Makes the next request use the current key, model and instructions. */
  forgetSession(): void {
    this.#sessions.forget();
  }

  dispose(): void {
    this.#relay.dispose();
    this.#disposables.forEach((disposable) => disposable.dispose());
  }

  get #folder(): vscode.Uri {
    return vscode.Uri.joinPath(this.services.extensionUri, 'dist', 'webview');
  }

  async #receive(message: FromPage): Promise<void> {
    switch (message.type) {
      case 'hello':
        this.#origin = message.origin;
        if (this.#wantsFocus) {
          // Only once: a page that is reloaded after a crash must not take the focus.
          this.#wantsFocus = false;
          this.#send({ type: 'focus' });
        }
        return;
      case 'setKey':
        await vscode.commands.executeCommand('aotsidecar.setApiKey');
        return;
      case 'endpoint':
        return this.#answer(message, async () => {
          const { launch, url } = await this.services.sidecar.endpoint(this.#origin);
          return { type: 'endpoint', id: message.id, endpoint: { launch, url } };
        });
      case 'token':
        return this.#answer(message, async () => {
          const { clientSecret } = await this.#sessions.session(message.refused);
          return { type: 'token', id: message.id, token: clientSecret };
        });
      case 'relay':
        return this.#startRelay(message);
      case 'relayAck':
        return this.#relay.acknowledge(message.id);
      case 'relayAbort':
        return this.#relay.abort(message.id);
      case 'componentUnavailable':
        return this.#replaceComponent();
    }
  }

  async #replaceComponent(): Promise<void> {
    this.services.logs.client.info('OpenAI\'s component could not be loaded');
    if (this.services.settings.chatUi === 'component') {
      this.webview.html = failurePage(
        'OpenAI\'s component could not be loaded',
        'cdn.platform.openai.com does not answer. The setting aotsidecar.chat.ui can choose a page that needs no network.',
        [{ label: 'Try again', command: 'aotsidecar.reloadChat' }],
      );
    } else {
      this.services.component.unavailable = true;
      await this.show();
    }
  }

  async #answer(question: { type: 'endpoint' | 'token'; id: number }, answer: () => Promise<ToPage>): Promise<void> {
    let reply: ToPage;
    try {
      reply = await answer();
    } catch (error) {
      this.services.logs.client.warn(`${question.type}: ${String(error)}`);
      const problem = this.#explain(error);
      reply = { type: 'problem', id: question.id, problem };
    }
    this.#send(reply);
  }

  #startRelay({ id, request }: Extract<FromPage, { type: 'relay' }>): void {
    const { state } = this.services.sidecar.supervisor;
    if (state.kind === 'ready') {
      this.#relay.start(id, state.sidecar.port, request);
    } else {
      this.#send({ type: 'relayError', id });
    }
  }

  #explain(error: unknown): Problem {
    const code = error instanceof SidecarError ? error.code : 'host_error';
    const label = keyLabel(this.services.settings.activeKey);
    const messages: Readonly<Record<string, string>> = {
      secret_not_found: `There is no API key for ${label}. Run "AotSidecar: Set API Key".`,
      secret_denied: `The use of the API key for ${label} was denied.`,
      secret_locked: 'The secret storage of the editor is locked. Unlock it and try again.',
    };
    const text = messages[code] ?? (error instanceof SidecarError ? `${error.message}.` : 'The extension could not answer; its log may say why.');
    return { code, message: text };
  }

  #send(message: ToPage): void {
    void this.webview.postMessage(message);
  }
}
