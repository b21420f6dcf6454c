import * as vscode from 'vscode';
import { ChatPage, type ChatServices } from './chatPage';

const viewId = 'aotsidecar.chat';
const panelType = 'aotsidecar.chatPanel';

/** The chat in the side bar and, as often as wanted, in editor panels. */
export class ChatViews implements vscode.WebviewViewProvider, vscode.WebviewPanelSerializer {
  readonly #pages = new Set<ChatPage>();

  constructor(private readonly services: ChatServices) {}

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      // A hidden view would otherwise be torn down in the middle of an answer.
      vscode.window.registerWebviewViewProvider(viewId, this, { webviewOptions: { retainContextWhenHidden: true } }),
      vscode.window.registerWebviewPanelSerializer(panelType, this),
      vscode.commands.registerCommand('aotsidecar.openChat', () => vscode.commands.executeCommand(`${viewId}.focus`)),
      vscode.commands.registerCommand('aotsidecar.openChatPanel', () => this.#openPanel()),
    );
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    this.#open(view.webview, view);
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.#open(panel.webview, panel);
    return Promise.resolve();
  }

  forgetSessions(): void {
    this.#pages.forEach((page) => page.forgetSession());
  }

  showAgain(): void {
    this.#pages.forEach((page) => void page.show());
  }

  #openPanel(): void {
    const panel = vscode.window.createWebviewPanel(panelType, 'AotSidecar Chat', vscode.ViewColumn.Beside, { retainContextWhenHidden: true });
    panel.iconPath = vscode.Uri.joinPath(this.services.extensionUri, 'media', 'chat.svg');
    this.#open(panel.webview, panel);
  }

  #open(webview: vscode.Webview, owner: { readonly onDidDispose: vscode.Event<void> }): void {
    const page = new ChatPage(webview, this.services);
    this.#pages.add(page);
    owner.onDidDispose(() => {
      this.#pages.delete(page);
      page.dispose();
    });
    void page.show();
  }
}
