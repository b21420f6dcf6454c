import { randomUUID } from 'node:crypto';
import * as vscode from 'vscode';
import { consentPage } from './consentPage';
import type { Detail } from './tool';

const answerCommand = 'aotsidecar.answerConsent';

/**
 * Asks the user whether something may be done, in an editor of its own that shows all of it. A dialog would not do: the
 * system's own cut long texts, and the Enter of someone who is typing presses their first button.
 */
export class Consent implements vscode.Disposable {
  readonly #questions = new Map<string, (allowed: boolean) => void>();
  readonly #command: vscode.Disposable;
  /** One question at a time: a click must not hit a question that has just appeared. */
  #last: Promise<unknown> = Promise.resolve();

  constructor() {
    this.#command = vscode.commands.registerCommand(answerCommand, (id: string, allowed: boolean) => this.#questions.get(id)?.(allowed));
  }

  ask(question: string, details: readonly Detail[], signal: AbortSignal): Promise<boolean> {
    const answer = this.#last.then(() => !signal.aborted && this.#show(question, details, signal));
    this.#last = answer.catch(() => undefined);
    return answer;
  }

  dispose(): void {
    this.#command.dispose();
    this.#questions.forEach((answer) => answer(false));
  }

  #show(question: string, details: readonly Detail[], signal: AbortSignal): Promise<boolean> {
    // Unguessable: only the page can answer.
    const id = randomUUID();
    const link = (allowed: boolean) => `command:${answerCommand}?${encodeURIComponent(JSON.stringify([id, allowed]))}`;
    // Keep the focus where the user is typing.
    const place = { viewColumn: vscode.ViewColumn.Active, preserveFocus: true };
    const panel = vscode.window.createWebviewPanel('aotsidecar.consent', question, place, { enableCommandUris: [answerCommand] });
    panel.webview.html = consentPage(question, details, { refuse: link(false), allow: link(true) });
    return new Promise((resolve) => {
      const answer = (allowed: boolean) => {
        if (this.#questions.delete(id)) {
          signal.removeEventListener('abort', refuse);
          resolve(allowed);
          panel.dispose();
        }
      };
      const refuse = () => answer(false);
      this.#questions.set(id, answer);
      // Closing means refusing.
      panel.onDidDispose(refuse);
      signal.addEventListener('abort', refuse, { once: true });
    });
  }
}
