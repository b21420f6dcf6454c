/** The parts of OpenAI's `<openai-chatkit>` that are used here. */
export interface ChatKitElement extends HTMLElement {
  setOptions(options: Record<string, unknown>): void;
  setComposerValue(value: { readonly text: string }): Promise<void>;
  setThreadId(id: string | null): Promise<void>;
  focusComposer(): Promise<void>;
  fetchUpdates(): Promise<void>;
}

/** The script is small and cached; after this the offline page is the better answer. */
const loadTimeoutMs = 1500;

/** Rejects as soon as the script is known to be unavailable. */
export async function loadComponent(): Promise<ChatKitElement> {
  const script = document.createElement('script');
  script.src = document.body.dataset['component'] ?? '';
  await new Promise((resolve, reject) => {
    // Listen before starting: a refused connection may be reported at once.
    script.addEventListener('error', reject);
    setTimeout(reject, loadTimeoutMs);
    document.head.append(script);
    customElements.whenDefined('openai-chatkit').then(resolve, reject);
  });
  return document.createElement('openai-chatkit') as ChatKitElement;
}
