import { checkVersion, type HostServices, type SidecarError } from '@aotsidecar/client';
import * as vscode from 'vscode';
import { ChatViews } from './chat/chatViews';
import { runDoctor } from './doctor';
import { registerKeyCommands } from './keys/keyCommands';
import { KeyVault } from './keys/keyVault';
import { Logs } from './logs';
import { registerProviderCommands } from './providerCommands';
import { Settings } from './settings';
import { SidecarService } from './sidecarService';
import { StatusItem } from './status';
import { Consent } from './tools/consent';
import { HostTools } from './tools/hostTools';

let sidecar: SidecarService | undefined;

/** Puts the parts together; the sidecar itself starts with the first chat. */
export function activate(context: vscode.ExtensionContext): void {
  const settings = new Settings();
  const logs = new Logs();
  const vault = new KeyVault(context.secrets, context.globalState, settings);
  const consent = new Consent();
  const tools = new HostTools(settings, logs, consent);
  const services: HostServices = {
    getSecret: (request) => vault.answer(request),
    tools,
    submitFeedback: ({ kind, itemIds }) => logs.client.info(`feedback: ${kind} on ${itemIds.length} item(s)`),
  };
  const service = new SidecarService(context, settings, logs, services);
  const chats = new ChatViews({ extensionUri: context.extensionUri, sidecar: service, settings, logs });
  const status = new StatusItem(service);
  sidecar = service;

  context.subscriptions.push(
    logs,
    consent,
    status,
    chats.register(),
    registerKeyCommands(vault, settings),
    registerProviderCommands(settings, service, logs),
    ...registerOtherCommands(service, logs, tools, status),
    vault.onChange((keyId) => {
      service.secretChanged(keyId);
      chats.keyChanged();
    }),
    vscode.workspace.onDidChangeConfiguration((change) => applySettings(change, settings, service, chats)),
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      service.toolsChanged();
      if (settings.executable !== undefined) {
        service.restartIfStarted();
      }
    }),
    service.supervisor.onState((state) => {
      if (state.kind === 'failed') {
        void reportFailure(state.error, settings);
      }
    }),
  );
}

/** The editor waits about five seconds for this; a sidecar that is left then ends with its stdin. */
export async function deactivate(): Promise<void> {
  await sidecar?.supervisor.stop();
}

function registerOtherCommands(service: SidecarService, logs: Logs, tools: HostTools, status: StatusItem): vscode.Disposable[] {
  const register = (name: string, run: () => unknown) => vscode.commands.registerCommand(`aotsidecar.${name}`, run);
  return [
    register('showLogs', () => logs.client.show()),
    register('showServerLogs', () => logs.sidecar.show()),
    register('manageTools', () => tools.manage()),
    register('restart', async () => {
      // A failure is shown by the resulting state.
      await service.supervisor.restart().catch(() => undefined);
    }),
    register('doctor', async () => {
      try {
        const executable = await service.executable();
        await checkVersion(executable);
        await runDoctor(executable, logs);
      } catch (error) {
        void vscode.window.showErrorMessage(`AotSidecar: ${error instanceof Error ? error.message : String(error)}`);
      }
    }),
    register('showStatus', async () => {
      status.forgetError();
      const choices = [
        { label: '$(comment-discussion) Open chat', command: 'aotsidecar.openChat' },
        { label: '$(key) Set API key', command: 'aotsidecar.setApiKey' },
        { label: '$(server) Choose provider', command: 'aotsidecar.chooseProvider' },
        { label: '$(output) Show logs', command: 'aotsidecar.showLogs' },
        { label: '$(debug-restart) Restart sidecar', command: 'aotsidecar.restart' },
        { label: '$(pulse) Run doctor', command: 'aotsidecar.doctor' },
      ];
      const choice = await vscode.window.showQuickPick(choices, { placeHolder: 'AotSidecar' });
      if (choice) {
        await vscode.commands.executeCommand(choice.command);
      }
    }),
  ];
}

function applySettings(change: vscode.ConfigurationChangeEvent, settings: Settings, service: SidecarService, chats: ChatViews): void {
  const changed = (...names: readonly string[]) => names.some((name) => change.affectsConfiguration(`aotsidecar.${name}`));
  if (changed('server.path', 'network', 'chat.keepThreads')) {
    service.restartIfStarted();
  }
  if (changed('providers')) {
    // The sidecar has the old address with the key of every running session.
    service.secretChanged(settings.activeKey.keyId);
  }
  if (changed('keyId', 'environment', 'model', 'instructions', 'providers')) {
    chats.forgetSessions();
  }
  if (changed('keyId', 'environment')) {
    chats.keyChanged();
  }
  if (changed('tools')) {
    service.toolsChanged();
  }
  if (changed('chat.ui')) {
    chats.reload();
  }
}

/** The sidecar was given up: tells the user, with what may help. */
async function reportFailure({ code, message }: SidecarError, settings: Settings): Promise<void> {
  const commands: Readonly<Record<string, readonly [command: string, ...args: string[]]>> = {
    ...(settings.executable !== undefined &&
      /^executable_|^version_/.test(code) && { 'Open Setting': ['workbench.action.openSettings', 'aotsidecar.server.path'] }),
    'Restart': ['aotsidecar.restart'],
    'Show Logs': ['aotsidecar.showLogs'],
    'Run Doctor': ['aotsidecar.doctor'],
  };
  const answer = await vscode.window.showErrorMessage(`AotSidecar: ${message}`, ...Object.keys(commands));
  const [command, ...args] = commands[answer ?? ''] ?? [];
  if (command !== undefined) {
    await vscode.commands.executeCommand(command, ...args);
  }
}
