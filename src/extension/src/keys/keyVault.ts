import { SecretRefusal, type SecretReply, type SecretRequest } from '@aotsidecar/client';
import * as vscode from 'vscode';
import { isKeyId, keyLabel, type KeyName, type Settings } from '../settings';

const prefix = 'aotsidecar.key:';
/** Names of the stored keys, because the editor's secret storage cannot be listed. */
const indexKey = 'aotsidecar.keys';

/** The API keys, in the editor's secret storage and nowhere else. */
export class KeyVault {
  constructor(
    private readonly secrets: vscode.SecretStorage,
    private readonly index: vscode.Memento,
    private readonly settings: Settings,
  ) {
    void this.#keepIndex(this.names);
  }

  get names(): readonly KeyName[] {
    return this.index.get<readonly KeyName[]>(indexKey, []);
  }

  async has(name: KeyName): Promise<boolean> {
    return (await this.secrets.get(prefix + keyLabel(name))) !== undefined;
  }

  async set(name: KeyName, secret: string): Promise<void> {
    await this.secrets.store(prefix + keyLabel(name), secret);
    await this.#keepIndex([...this.#others(name), name]);
  }

  async remove(name: KeyName): Promise<void> {
    await this.secrets.delete(prefix + keyLabel(name));
    await this.#keepIndex(this.#others(name));
  }

  /** A key was set, replaced or removed, in this window or in another. */
  onChange(listener: (keyId: string) => void): vscode.Disposable {
    return this.secrets.onDidChange(({ key }) => {
      const [, keyId] = /^aotsidecar\.key:(.+)@(?:dev|pro)$/.exec(key) ?? [];
      if (keyId !== undefined) {
        listener(keyId);
      }
    });
  }

  /** Answers `secrets/get`: the key, with the settings of its provider. */
  async answer({ secretKeyId, environment }: SecretRequest): Promise<SecretReply> {
    if (!isKeyId(secretKeyId)) {
      throw new SecretRefusal('notFound');
    }
    const name: KeyName = { keyId: secretKeyId, environment };
    let secret: string | undefined;
    try {
      secret = await this.secrets.get(prefix + keyLabel(name));
    } catch {
      throw new SecretRefusal('locked');
    }
    if (secret === undefined) {
      throw new SecretRefusal('notFound');
    }
    return { secret, ...this.settings.provider(name) };
  }

  async #keepIndex(names: readonly KeyName[]): Promise<void> {
    await this.index.update(indexKey, names);
    // Completes the walkthrough's first step, however the key was set.
    await vscode.commands.executeCommand('setContext', 'aotsidecar.hasKey', names.length > 0);
  }

  #others(name: KeyName): readonly KeyName[] {
    return this.names.filter((other) => keyLabel(other) !== keyLabel(name));
  }
}
