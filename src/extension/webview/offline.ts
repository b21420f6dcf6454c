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
  remedies: { secret_not_found: { label: 'Set API Key', apply: () => editor.postMessage({ type: 'setKey' }) } },
};
onNews('focus', () => document.getElementById('input')?.focus());
onNews('keyChanged', () => window.aotsidecar?.remedied?.('secret_not_found'));
// Not before the page is there: the answer may be that it shall take the focus.
window.addEventListener('DOMContentLoaded', () => editor.postMessage({ type: 'hello', origin: location.origin }));
