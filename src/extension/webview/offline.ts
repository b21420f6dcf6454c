import { editor, onNews } from './host';
import { sidecarFetch, symbolicEndpoint } from './transport';

interface Remedy {
  readonly label: string;
  readonly apply: () => void;
}

/** What the sidecar's own chat page takes from `window.aotsidecar`. */
declare global {
  interface Window {
    aotsidecar?: {
      readonly endpoint: string;
      readonly fetch: typeof sidecarFetch;
      /** What the empty page offers to ask. */
      readonly starters: readonly string[];
      /** A button beside the error of that code. */
      readonly remedies: Readonly<Record<string, Remedy>>;
      /** Set by the page: an error of that code may be over. */
      remedied?: (code: string) => void;
    };
  }
}

window.aotsidecar = {
  endpoint: `${symbolicEndpoint}/chatkit`,
  fetch: sidecarFetch,
  starters: ['Explain an error message to me', 'Write a regular expression', 'What does this command do?'],
  remedies: { secret_not_found: { label: 'Set API Key', apply: () => editor.postMessage({ type: 'setKey' }) } },
};
// The page may have lost the focus again; a page that is about to get it focuses its input by itself.
onNews('focus', () => document.hasFocus() && document.getElementById('input')?.focus());
onNews('newChat', () => document.getElementById('new')?.click());
onNews('keyChanged', () => window.aotsidecar?.remedied?.('secret_not_found'));
// Only once the page is complete: the answer may be to focus its input.
window.addEventListener('DOMContentLoaded', () => editor.postMessage({ type: 'hello', origin: location.origin }));
