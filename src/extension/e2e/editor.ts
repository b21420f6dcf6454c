import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { BrowserContextOptions, Frame, Route } from 'playwright-core';
import { CodeServer, type Scene } from './codeServer';
import { ScriptedProvider } from './provider';
import { eventually, Workbench } from './workbench';

const extension = resolve(__dirname, '../..');

export const apiKey = 'sk-e2e-4f1c2b8a9d7e6053';

/** The page's script has run: before, a key in this field does nothing. */
export const chatInput = '#input[placeholder]';

export interface Surroundings extends Scene {
  /** What stands for OpenAI's component: nothing, as on a train, nothing that answers, or a script of the same name. */
  readonly component: 'blocked' | 'silent' | { readonly script: string };
  /** Whether the browser can reach the sidecar's forwarded port. */
  readonly portBlocked?: boolean;
  /** The size of the browser's window. */
  readonly view?: BrowserContextOptions;
}

/** An editor with the packaged extension, its browser, and the provider that its chat will ask. */
export class Editor {
  #workbench: Workbench | undefined;
  /** How often OpenAI's host was asked. */
  componentRequests = 0;

  private constructor(
    readonly provider: ScriptedProvider,
    readonly server: CodeServer,
  ) {}

  static async open({ component, portBlocked, view = { viewport: { width: 1280, height: 860 } }, ...scene }: Surroundings): Promise<Editor> {
    const installation = execFileSync(join(extension, 'e2e/install-editor.sh'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
    const provider = await ScriptedProvider.start();
    const server = await CodeServer.start(installation.trim().split('\n').at(-1) ?? '', vsix(), scene);
    const editor = new Editor(provider, server);
    try {
      editor.#workbench = await Workbench.open(server.url, server.workspace, view, async (page) => {
        await page.route('https://cdn.platform.openai.com/**', (route: Route) => {
          editor.componentRequests++;
          if (component === 'silent') {
            return undefined;
          }
          if (component === 'blocked') {
            return route.abort();
          }
          const isScript = route.request().url().endsWith('.js');
          return route.fulfill(isScript ? { contentType: 'text/javascript', body: component.script } : { contentType: 'text/html', body: '<p>frame' });
        });
        if (portBlocked) {
          await page.route('**/proxy/**', (route) => route.abort());
        }
      });
    } catch (error) {
      await editor.close();
      throw error;
    }
    return editor;
  }

  get workbench(): Workbench {
    if (this.#workbench === undefined) {
      throw new Error('the browser is not open');
    }
    return this.#workbench;
  }

  async setKey(): Promise<void> {
    await this.workbench.run('AotSidecar: Set API Key');
    await this.answerForKey();
    await this.workbench.run('AotSidecar: Set Base URL');
    await this.workbench.type('Base URL of the provider', this.provider.baseUrl);
  }

  async answerForKey(): Promise<void> {
    await this.workbench.type('A name for the key', 'openai-main');
    await this.workbench.pick('For which environment', 'pro');
    await this.workbench.type('The API key for openai-main@pro', apiKey);
  }

  async openChat(selector = chatInput): Promise<Frame> {
    await this.workbench.run('AotSidecar: Open Chat');
    return this.workbench.chat(selector);
  }

  async say(chat: Frame, text: string): Promise<void> {
    await chat.locator('#input').pressSequentially(text);
    await chat.locator('#input').press('Enter');
  }

  /** Resolves once the page has the theme's colours. */
  async useTheme(chat: Frame, name: string): Promise<void> {
    this.server.configure({ 'workbench.colorTheme': name });
    await chat.locator(`body[data-vscode-theme-id="${name}"]`).waitFor();
  }

  /** What the extension and its sidecar have written to their log channels. */
  logs(): string {
    const files = readdirSync(join(this.server.dataFolder, 'logs'), { recursive: true, withFileTypes: true });
    const ours = files.filter((entry) => entry.isFile() && /^AotSidecar.*\.log$/.test(entry.name));
    return ours.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8')).join('\n');
  }

  sidecar() {
    return eventually('a sidecar', () => this.server.sidecars()[0]);
  }

  async close(): Promise<void> {
    await this.#workbench?.close();
    await this.server.stop();
    this.provider.stop();
  }
}

export function vsix(): string {
  const [name] = readdirSync(join(extension, 'dist')).filter((entry) => entry.endsWith('.vsix'));
  if (name === undefined) {
    throw new Error('there is no package to install: run npm run package');
  }
  return join(extension, 'dist', name);
}
