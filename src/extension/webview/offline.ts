import { editor, onNews } from './host';
import { sidecarFetch, symbolicEndpoint } from './transport';

interface Remedy {
  readonly label: string;
  readonly apply: () => void;
}

/** What the sidecar's own chat page takes from its surroundings instead of asking its server. */
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
// Not into a page that has lost the focus again; one that is about to get it sees to it by itself.
onNews('focus', () => document.hasFocus() && document.getElementById('input')?.focus());
onNews('newChat', () => document.getElementById('new')?.click());
onNews('keyChanged', () => window.aotsidecar?.remedied?.('secret_not_found'));
// Not before the page is there: the answer may be that it shall take the focus.
window.addEventListener('DOMContentLoaded', () => editor.postMessage({ type: 'hello', origin: location.origin }));
