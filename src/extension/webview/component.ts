import { editor, onNews } from './host';
import { loadComponent, type ChatKitElement } from './loadComponent';
import { Notice } from './notice';
import { followTheme, theme } from './theme';
import { refusalOf, sidecarFetch, symbolicEndpoint } from './transport';
import { typedText } from './typedText';

async function show(): Promise<void> {
  editor.postMessage({ type: 'hello', origin: location.origin });
  let chat: ChatKitElement;
  try {
    chat = await loadComponent();
  } catch {
    editor.postMessage({ type: 'componentUnavailable' });
    return;
  }
  const notice = new Notice();
  const threadId = editor.getState()?.threadId;
  const options = {
    // The key is checked for public https addresses only; the component refuses to start without one.
    api: { url: `${symbolicEndpoint}/chatkit`, domainKey: 'local', fetch: (input: RequestInfo, init?: RequestInit) => send(chat, notice, input, init) },
    disableTelemetry: true,
    history: { enabled: true, showDelete: true, showRename: true },
    threadItemActions: { feedback: true, retry: true },
    ...(threadId !== undefined && { initialThread: threadId }),
  };
  // Options replace each other as a whole.
  followTheme(() => chat.setOptions({ ...options, theme: theme() }));
  chat.addEventListener('chatkit.thread.change', (event) => {
    const { threadId: current } = (event as CustomEvent<{ threadId: string | null }>).detail;
    editor.setState(current === null ? {} : { threadId: current });
  });
  document.body.append(chat);
  onNews('focus', () => void chat.focusComposer());
  onNews('keyChanged', () => {
    notice.hide();
    void chat.fetchUpdates();
  });
}

/** The component drops a message whose request fails: what was typed comes back into its composer. */
async function send(chat: ChatKitElement, notice: Notice, input: RequestInfo, init?: RequestInit): Promise<Response> {
  const giveBack = () => {
    const text = typedText(init?.body);
    if (text !== undefined && !init?.signal?.aborted) {
      void chat.setComposerValue({ text });
    }
  };
  try {
    const response = await sidecarFetch(input, init);
    const refusal = refusalOf(response);
    if (refusal?.code === 'secret_not_found') {
      notice.show(refusal.message, 'Set API Key', () => editor.postMessage({ type: 'setKey' }));
    }
    if (!response.ok || refusal !== undefined) {
      giveBack();
    }
    return response;
  } catch (error) {
    giveBack();
    throw error;
  }
}

void show();
