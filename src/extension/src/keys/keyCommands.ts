import type { Environment } from '@aotsidecar/client';
import * as vscode from 'vscode';
import { isKeyId, keyLabel, type KeyName, type Settings } from '../settings';
import type { KeyVault } from './keyVault';

/** Sets, replaces, removes and selects keys. A key is only ever typed into a password box, and goes to the secret storage. */
export function registerKeyCommands(vault: KeyVault, settings: Settings): vscode.Disposable {
  const register = (name: string, run: () => Promise<void>) => vscode.commands.registerCommand(`aotsidecar.${name}`, run);
  return vscode.Disposable.from(
    register('setApiKey', async () => {
      const name = await askForName(settings.activeKey);
      if (name && (await confirmReplacement(vault, name)) && (await askForKey(vault, name))) {
        await settings.select(name);
      }
    }),
    register('replaceApiKey', async () => {
      const name = await pickName(vault, 'Which key is to be replaced?');
      if (name) {
        await askForKey(vault, name);
      }
    }),
    register('removeApiKey', async () => {
      const name = await pickName(vault, 'Which key is to be removed?');
      const remove = 'Remove';
      const detail = 'Chats that use it end. The key itself stays valid at the provider.';
      if (name && (await vscode.window.showWarningMessage(`Remove the API key ${keyLabel(name)}?`, { modal: true, detail }, remove)) === remove) {
        await vault.remove(name);
        void vscode.window.showInformationMessage(`The API key ${keyLabel(name)} was removed.`);
      }
    }),
    register('selectApiKey', async () => {
      const name = await pickName(vault, 'Which key is the chat to use?');
      if (name) {
        await settings.select(name);
      }
    }),
  );
}

async function askForName(active: KeyName): Promise<KeyName | undefined> {
  const keyId = await vscode.window.showInputBox({
    title: 'AotSidecar: Set API Key (1/3)',
    prompt: 'A name for the key; the key itself comes later',
    value: active.keyId,
    ignoreFocusOut: true,
    validateInput: (text) => (isKeyId(text.trim()) ? undefined : 'Letters, digits and . _ : / - (no ".."), at most 128'),
  });
  if (keyId === undefined) {
    return undefined;
  }
  const choices: readonly (vscode.QuickPickItem & { environment: Environment })[] = [
    { label: 'pro', description: 'production', environment: 'pro' },
    { label: 'dev', description: 'development', environment: 'dev' },
  ];
  const choice = await vscode.window.showQuickPick(choices, {
    title: 'AotSidecar: Set API Key (2/3)',
    placeHolder: 'For which environment?',
    ignoreFocusOut: true,
  });
  return choice && { keyId: keyId.trim(), environment: choice.environment };
}

async function confirmReplacement(vault: KeyVault, name: KeyName): Promise<boolean> {
  if (!(await vault.has(name))) {
    return true;
  }
  const replace = 'Replace';
  return (await vscode.window.showWarningMessage(`There is an API key for ${keyLabel(name)} already.`, { modal: true }, replace)) === replace;
}

async function askForKey(vault: KeyVault, name: KeyName): Promise<boolean> {
  const secret = await vscode.window.showInputBox({
    title: 'AotSidecar: Set API Key (3/3)',
    prompt: `The API key for ${keyLabel(name)}; it is kept in the editor's secret storage`,
    password: true,
    ignoreFocusOut: true,
    validateInput: (text) => (/^[\x21-\x7e]{1,4096}$/.test(text.trim()) ? undefined : 'A key has no spaces and no letters beyond ASCII'),
  });
  if (secret === undefined) {
    return false;
  }
  await vault.set(name, secret.trim());
  void vscode.window.showInformationMessage(`The API key ${keyLabel(name)} is stored.`);
  return true;
}

async function pickName(vault: KeyVault, placeHolder: string): Promise<KeyName | undefined> {
  const items = vault.names.map((name) => ({ label: keyLabel(name), name }));
  if (items.length === 0) {
    const set = 'Set API Key';
    if ((await vscode.window.showInformationMessage('No API key is stored.', set)) === set) {
      await vscode.commands.executeCommand('aotsidecar.setApiKey');
    }
    return undefined;
  }
  return (await vscode.window.showQuickPick(items, { placeHolder }))?.name;
}
