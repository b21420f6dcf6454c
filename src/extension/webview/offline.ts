import { editor } from './host';
import { sidecarFetch, symbolicEndpoint } from './transport';

/** What the sidecar's own chat page takes from its surroundings instead of asking its server. */
declare global {
  interface Window {
    aotsidecar?: {
      readonly endpoint: string;
      readonly fetch: typeof sidecarFetch;
    };
  }
}

window.aotsidecar = { endpoint: `${symbolicEndpoint}/chatkit`, fetch: sidecarFetch };
editor.postMessage({ type: 'hello', origin: location.origin });
