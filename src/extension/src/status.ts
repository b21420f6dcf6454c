import type { SupervisorState } from '@aotsidecar/client';
import * as vscode from 'vscode';
import type { SidecarService } from './sidecarService';

/** The status bar item: the sidecar's state and the last failure. */
export class StatusItem {
  readonly #item = vscode.window.createStatusBarItem('aotsidecar.status', vscode.StatusBarAlignment.Right);
  readonly #subscription: vscode.Disposable;
  #lastError: string | undefined;

  constructor(private readonly sidecar: SidecarService) {
    this.#item.name = 'AotSidecar';
    this.#item.command = 'aotsidecar.showStatus';
    this.#subscription = vscode.Disposable.from(sidecar.supervisor.onState((state) => this.#show(state)));
    this.#show(sidecar.supervisor.state);
    this.#item.show();
  }

  /** The user has seen it. */
  forgetError(): void {
    this.#lastError = undefined;
    this.#show(this.sidecar.supervisor.state);
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#item.dispose();
  }

  #show(state: SupervisorState): void {
    const { icon, text, background } = describe(state);
    if (state.kind === 'waiting' || state.kind === 'failed') {
      this.#lastError = `${state.error.message} (${state.error.code})`;
    }
    this.#item.text = `$(${icon}) AotSidecar`;
    const told = [text, ...(this.#lastError === undefined ? [] : [`Last error: ${this.#lastError}`])];
    this.#item.tooltip = told.join('\n');
    this.#item.accessibilityInformation = { label: `AotSidecar: ${told.join('. ')}` };
    this.#item.backgroundColor = background && new vscode.ThemeColor(`statusBarItem.${background}Background`);
  }
}

function describe(state: SupervisorState): { readonly icon: string; readonly text: string; readonly background?: 'warning' | 'error' } {
  switch (state.kind) {
    case 'stopped':
      return { icon: 'circle-outline', text: 'Not running; starts with the chat' };
    case 'starting':
      return { icon: 'loading~spin', text: 'Starting' };
    case 'ready':
      return { icon: 'comment-discussion', text: `Running: version ${state.sidecar.version}, pid ${state.sidecar.pid}, port ${state.sidecar.port}` };
    case 'waiting':
      return { icon: 'warning', text: `Starts again in ${state.delayMs / 1000} s`, background: 'warning' };
    case 'failed':
      return { icon: 'error', text: 'Stopped after an error', background: 'error' };
  }
}
