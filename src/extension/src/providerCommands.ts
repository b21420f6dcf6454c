import { type ProviderApi, SessionKeeper } from '@aotsidecar/client';
import * as vscode from 'vscode';
import type { Logs } from './logs';
import { isProviderUrl, keyLabel, type KeyName, type Settings } from './settings';
import type { SidecarService } from './sidecarService';

interface Preset extends vscode.QuickPickItem {
  readonly baseUrl?: string;
  readonly api: ProviderApi;
}

const presets: readonly Preset[] = [
  { label: 'OpenAI', description: 'Responses', baseUrl: 'https://api.openai.com/v1', api: 'responses' },
  { label: 'OpenRouter', description: 'Chat Completions', baseUrl: 'https://openrouter.ai/api/v1', api: 'chat-completions' },
  { label: 'Ollama on this machine', description: 'Chat Completions', baseUrl: 'http://127.0.0.1:11434/v1', api: 'chat-completions' },
  { label: 'LM Studio on this machine', description: 'Responses', baseUrl: 'http://127.0.0.1:1234/v1', api: 'responses' },
  { label: 'Another one that speaks Responses', api: 'responses' },
  { label: 'Another one that speaks Chat Completions', api: 'chat-completions' },
];

/** Choose the provider, base URL and model of the key that is in use. */
export function registerProviderCommands(settings: Settings, sidecar: SidecarService, logs: Logs): vscode.Disposable {
  return vscode.Disposable.from(
    vscode.commands.registerCommand('aotsidecar.chooseProvider', async () => {
      const key = settings.activeKey;
      const preset = await vscode.window.showQuickPick(presets, { placeHolder: `Who serves ${keyLabel(key)}?` });
      const baseUrl = preset && (preset.baseUrl ?? (await askForUrl(settings, key)));
      if (preset && baseUrl !== undefined) {
        await settings.setProvider(key, { ...settings.provider(key), baseUrl, api: preset.api });
      }
    }),
    vscode.commands.registerCommand('aotsidecar.setBaseUrl', async () => {
      const key = settings.activeKey;
      const baseUrl = await askForUrl(settings, key);
      if (baseUrl !== undefined) {
        await settings.setProvider(key, { ...settings.provider(key), baseUrl });
      }
    }),
    vscode.commands.registerCommand('aotsidecar.chooseModel', async () => {
      const model = await askForModel(settings, await listModels(settings, sidecar, logs));
      if (model !== undefined) {
        await settings.setModel(model === '' ? undefined : model);
        void vscode.window.showInformationMessage(`The model is ${model === '' ? 'the default' : model} from the next message on.`);
      }
    }),
  );
}

function askForUrl(settings: Settings, key: KeyName): Thenable<string | undefined> {
  return vscode.window.showInputBox({
    prompt: `Base URL of the provider of ${keyLabel(key)}; its API key is sent there`,
    value: settings.provider(key).baseUrl ?? 'https://',
    ignoreFocusOut: true,
    validateInput: (text) => (isProviderUrl(text) ? undefined : 'https://…, or http:// to this machine'),
  });
}

/** Lists the provider's models through the sidecar, so that the key stays there. */
async function listModels(settings: Settings, sidecar: SidecarService, logs: Logs): Promise<readonly string[]> {
  try {
    const running = await sidecar.alive();
    const keeper = new SessionKeeper(() => Promise.resolve(running.bridge), () => ({ secretKeyId: settings.activeKey.keyId, environment: settings.activeKey.environment }));
    const { id, clientSecret } = await keeper.session();
    try {
      const reply = await fetch(`http://127.0.0.1:${running.port}/v1/models`, {
        headers: { Authorization: `Bearer ${clientSecret}` },
        signal: AbortSignal.timeout(15_000),
      });
      const { data } = (await reply.json()) as { data?: readonly { id?: unknown }[] };
      return (data ?? []).map((model) => String(model.id)).sort();
    } finally {
      await running.bridge.revokeSessions({ id });
    }
  } catch (error) {
    logs.client.warn(`the models could not be listed: ${String(error)}`);
    return [];
  }
}

/** A list that also accepts typed text, because not every provider lists its models. */
function askForModel(settings: Settings, models: readonly string[]): Promise<string | undefined> {
  const picker = vscode.window.createQuickPick();
  const byDefault = { label: '', description: 'the default of the sidecar or of the key' };
  const items = models.map((label) => ({ label, ...(label === settings.model && { description: 'in use' }) }));
  picker.placeholder = models.length > 0 ? 'Choose a model, or type its name' : 'Type the name of a model';
  picker.items = [byDefault, ...items];
  // The list arrives late, when the chat may have the focus again.
  picker.ignoreFocusOut = true;
  picker.onDidChangeValue((value) => {
    picker.items = value === '' || models.includes(value) ? [byDefault, ...items] : [{ label: value, description: 'as typed' }, byDefault, ...items];
  });
  return new Promise((resolve) => {
    picker.onDidAccept(() => {
      resolve(picker.activeItems[0]?.label ?? '');
      picker.dispose();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}
