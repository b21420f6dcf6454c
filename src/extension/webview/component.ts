import { editor } from './host';
import { sidecarFetch, symbolicEndpoint } from './transport';

/** The parts of OpenAI's `<openai-chatkit>` that are used here. */
interface ChatKitElement extends HTMLElement {
  setOptions(options: Record<string, unknown>): void;
}

/** The script is small and cached; after this the offline page is the better answer. */
const loadTimeoutMs = 8000;

async function show(): Promise<void> {
  editor.postMessage({ type: 'hello', origin: location.origin });
  try {
    await withTimeout(customElements.whenDefined('openai-chatkit'));
  } catch {
    editor.postMessage({ type: 'componentUnavailable' });
    return;
  }
  const chat = document.createElement('openai-chatkit') as ChatKitElement;
  const threadId = editor.getState()?.threadId;
  chat.setOptions({
    // The key is checked for public https addresses only; the component refuses to start without one.
    api: { url: `${symbolicEndpoint}/chatkit`, domainKey: 'local', fetch: sidecarFetch },
    theme: document.body.classList.contains('vscode-light') ? 'light' : 'dark',
    history: { enabled: true, showDelete: true, showRename: true },
    threadItemActions: { feedback: true, retry: true },
    ...(threadId !== undefined && { initialThread: threadId }),
  });
  chat.addEventListener('chatkit.thread.change', (event) => {
    const { threadId: current } = (event as CustomEvent<{ threadId: string | null }>).detail;
    editor.setState(current === null ? {} : { threadId: current });
  });
  document.body.append(chat);
}

function withTimeout(loaded: Promise<unknown>): Promise<unknown> {
  return Promise.race([
    loaded,
    new Promise((_, reject) => {
      document.querySelector('script[data-component]')?.addEventListener('error', reject);
      setTimeout(reject, loadTimeoutMs);
    }),
  ]);
}

void show();
