import { givingBack } from './giveBack';
import { editor, onNews } from './host';
import { loadComponent, type ChatKitElement } from './loadComponent';
import { Notice } from './notice';
import { followTheme, theme } from './theme';
import { refusalOf, sidecarFetch, symbolicEndpoint } from './transport';

async function show(): Promise<void> {
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
  // Setting options replaces all of them.
  followTheme(() => chat.setOptions({ ...options, theme: theme() }));
  chat.addEventListener('chatkit.thread.change', (event) => {
    const { threadId: current } = (event as CustomEvent<{ threadId: string | null }>).detail;
    editor.setState(current === null ? {} : { threadId: current });
  });
  // The page may have lost the focus again.
  onNews('focus', () => document.hasFocus() && void chat.focusComposer());
  // The editor focuses the page as a whole, before or after this message.
  window.addEventListener('focus', () => document.activeElement === document.body && void chat.focusComposer());
  onNews('newChat', () => void chat.setThreadId(null).then(() => chat.focusComposer()));
  onNews('keyChanged', () => {
    notice.hide();
    void chat.fetchUpdates();
  });
  // After the listeners are set, and before the component's first request.
  editor.postMessage({ type: 'hello', origin: location.origin });
  document.body.append(chat);
}

/** One request of the component. */
function send(chat: ChatKitElement, notice: Notice, input: RequestInfo, init?: RequestInit): Promise<Response> {
  const request = async () => {
    const response = await sidecarFetch(input, init);
    const refusal = refusalOf(response);
    if (refusal?.code === 'secret_not_found') {
      notice.show(refusal.message, 'Set API Key', () => editor.postMessage({ type: 'setKey' }));
    }
    return response;
  };
  return givingBack(chat, init, request, (response) => refusalOf(response) !== undefined);
}

void show();
