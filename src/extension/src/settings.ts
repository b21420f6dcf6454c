import type { Environment, ProviderApi } from '@aotsidecar/client';
import * as vscode from 'vscode';

export type ToolPolicy = 'off' | 'ask' | 'allow';
export type ChatUi = 'auto' | 'component' | 'offline';

/** Settings of one key; none of them is secret. */
export interface Provider {
  readonly baseUrl?: string;
  readonly api?: ProviderApi;
  readonly model?: string;
  readonly organization?: string;
  readonly project?: string;
}

/** Identifies a key: one id may have a key for development and one for production. */
export interface KeyName {
  readonly keyId: string;
  readonly environment: Environment;
}

export const defaultKeyId = 'openai-main';

export function isKeyId(text: string): boolean {
  return /^[A-Za-z0-9._:/-]{1,128}$/.test(text) && !text.includes('..');
}

export function keyLabel({ keyId, environment }: KeyName): string {
  return `${keyId}@${environment}`;
}

/** https, or http on this machine: anything else would send the key over a network unencrypted. */
export function isProviderUrl(text: string): boolean {
  try {
    const url = new URL(text);
    const local = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
    return (url.protocol === 'https:' || (url.protocol === 'http:' && local)) && url.username === '' && url.password === '';
  } catch {
    return false;
  }
}

/** The extension's settings, read on demand; a value of the wrong type counts as not set. */
export class Settings {
  get #all(): vscode.WorkspaceConfiguration {
    return vscode.workspace.getConfiguration('aotsidecar');
  }

  get executable(): string | undefined {
    return this.#text('server.path');
  }

  get activeKey(): KeyName {
    const keyId = this.#text('keyId');
    return {
      keyId: keyId !== undefined && isKeyId(keyId) ? keyId : defaultKeyId,
      environment: this.#text('environment') === 'dev' ? 'dev' : 'pro',
    };
  }

  get model(): string | undefined {
    return this.#text('model');
  }

  get instructions(): string | undefined {
    return this.#text('instructions');
  }

  get proxy(): string | undefined {
    return this.#text('network.proxy');
  }

  get caFile(): string | undefined {
    return this.#text('network.caFile');
  }

  get keepsThreads(): boolean {
    return this.#all.get<unknown>('chat.keepThreads') !== false;
  }

  get chatUi(): ChatUi {
    const ui = this.#text('chat.ui');
    return ui === 'component' || ui === 'offline' ? ui : 'auto';
  }

  toolPolicy(tool: string): ToolPolicy {
    const policy = this.#text(`tools.${tool}`);
    return policy === 'ask' || policy === 'allow' ? policy : 'off';
  }

  provider(key: KeyName): Provider {
    const providers = this.#providers();
    const { baseUrl, api, model, organization, project } = providers[keyLabel(key)] ?? {};
    return {
      ...(typeof baseUrl === 'string' && isProviderUrl(baseUrl) && { baseUrl }),
      ...((api === 'responses' || api === 'chat-completions') && { api }),
      ...(typeof model === 'string' && model !== '' && { model }),
      ...(typeof organization === 'string' && organization !== '' && { organization }),
      ...(typeof project === 'string' && project !== '' && { project }),
    };
  }

  async setProvider(key: KeyName, provider: Provider): Promise<void> {
    const providers = { ...this.#providers(), [keyLabel(key)]: provider };
    await this.#all.update('providers', providers, vscode.ConfigurationTarget.Global);
  }

  async select({ keyId, environment }: KeyName): Promise<void> {
    await this.#all.update('keyId', keyId, vscode.ConfigurationTarget.Global);
    await this.#all.update('environment', environment, vscode.ConfigurationTarget.Global);
  }

  async setModel(model: string | undefined): Promise<void> {
    await this.#all.update('model', model, vscode.ConfigurationTarget.Global);
  }

  async setToolPolicy(tool: string, policy: ToolPolicy): Promise<void> {
    await this.#all.update(`tools.${tool}`, policy, vscode.ConfigurationTarget.Global);
  }

  #providers(): Readonly<Record<string, Partial<Record<keyof Provider, unknown>>>> {
    return this.#all.get('providers') ?? {};
  }

  #text(name: string): string | undefined {
    const value = this.#all.get<unknown>(name);
    return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
  }
}
