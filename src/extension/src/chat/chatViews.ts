import * as vscode from 'vscode';
import { ChatPage, type ChatServices } from './chatPage';
import type { Place } from './html';

const viewId = 'aotsidecar.chat';
const panelType = 'aotsidecar.chatPanel';

/** The chat in the side bar, and in any number of editor panels. */
export class ChatViews implements vscode.WebviewViewProvider, vscode.WebviewPanelSerializer {
  readonly #pages = new Set<ChatPage>();
  readonly #services: ChatServices;
  readonly #panels = new Map<ChatPage, vscode.WebviewPanel>();
  /** The page of the side bar's view, once that was opened. */
  #view: ChatPage | undefined;
  #viewWantsFocus = false;

  constructor(services: Omit<ChatServices, 'component'>) {
    this.#services = { ...services, component: { unavailable: false } };
  }

  register(): vscode.Disposable {
    return vscode.Disposable.from(
      // Otherwise hiding the view would destroy it in the middle of an answer.
      vscode.window.registerWebviewViewProvider(viewId, this, { webviewOptions: { retainContextWhenHidden: true } }),
      vscode.window.registerWebviewPanelSerializer(panelType, this),
      vscode.commands.registerCommand('aotsidecar.openChat', () => this.#focusView()),
      vscode.commands.registerCommand('aotsidecar.newChat', () => this.#newChat()),
      vscode.commands.registerCommand('aotsidecar.reloadChat', () => this.reload()),
      vscode.commands.registerCommand('aotsidecar.openChatPanel', () => this.#openPanel()),
    );
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const page = this.#open(view.webview, view, 'side-bar');
    this.#view = page;
    view.onDidDispose(() => (this.#view = undefined));
    if (this.#viewWantsFocus) {
      page.focus();
    }
  }

  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    this.#openIn(panel);
    return Promise.resolve();
  }

  forgetSessions(): void {
    this.#pages.forEach((page) => page.forgetSession());
  }

  /** As a new window would: OpenAI's component gets another chance. */
  reload(): void {
    this.#services.component.unavailable = false;
    this.#pages.forEach((page) => void page.show());
  }

  keyChanged(): void {
    this.#pages.forEach((page) => page.keyChanged());
  }

  /** In the panel that has the focus, else in the side bar. */
  async #newChat(): Promise<void> {
    const panel = [...this.#panels].find(([, { active }]) => active)?.[0];
    if (panel === undefined) {
      await this.#focusView();
    }
    (panel ?? this.#view)?.newChat();
  }

  async #focusView(): Promise<void> {
    this.#viewWantsFocus = true;
    try {
      await vscode.commands.executeCommand(`${viewId}.focus`);
      this.#view?.focus();
    } finally {
      this.#viewWantsFocus = false;
    }
  }

  #openPanel(): void {
    const panel = vscode.window.createWebviewPanel(panelType, 'AotSidecar Chat', vscode.ViewColumn.Beside, { retainContextWhenHidden: true });
    panel.iconPath = vscode.Uri.joinPath(this.#services.extensionUri, 'media', 'chat.svg');
    this.#openIn(panel).focus();
  }

  #openIn(panel: vscode.WebviewPanel): ChatPage {
    const page = this.#open(panel.webview, panel, 'editor');
    this.#panels.set(page, panel);
    panel.onDidDispose(() => this.#panels.delete(page));
    return page;
  }

  #open(webview: vscode.Webview, owner: { readonly onDidDispose: vscode.Event<void> }, place: Place): ChatPage {
    const page = new ChatPage(webview, place, this.#services);
    this.#pages.add(page);
    owner.onDidDispose(() => {
      this.#pages.delete(page);
      page.dispose();
    });
    void page.show();
    return page;
  }
}
