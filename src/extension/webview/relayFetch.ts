import { editor, openRelay } from './host';

/** `fetch` through the extension, for pages that cannot reach the sidecar's port. Streams like the original. */
export async function relayFetch(path: string, init: RequestInit): Promise<Response> {
  init.signal?.throwIfAborted();
  // Let the platform encode the body and set its content type.
  const encoded = new Response(init.body ?? null);
  const headers = new Headers(init.headers);
  const contentType = encoded.headers.get('content-type');
  if (contentType !== null && !headers.has('content-type')) {
    headers.set('content-type', contentType);
  }
  const body = init.body == null ? undefined : new Uint8Array(await encoded.arrayBuffer());

  return new Promise((resolve, reject) => {
    let stream: ReadableStreamDefaultController<Uint8Array> | undefined;
    const finish = (error?: unknown) => {
      relay.close();
      init.signal?.removeEventListener('abort', abort);
      if (error !== undefined) {
        reject(error);
        stream?.error(error);
      } else {
        stream?.close();
      }
    };
    const abort = () => {
      editor.postMessage({ type: 'relayAbort', id: relay.id });
      finish(init.signal?.reason ?? new DOMException('aborted', 'AbortError'));
    };
    const relay = openRelay((message) => {
      if (message.type === 'relayHead') {
        const content = new ReadableStream<Uint8Array>({
          start: (controller) => void (stream = controller),
          cancel: () => {
            stream = undefined;
            abort();
          },
        });
        // The constructor allows no body for these statuses.
        const empty = message.status === 204 || message.status === 205 || message.status === 304;
        resolve(new Response(empty ? null : content, { status: message.status, headers: message.headers.map(([n, v]) => [n, v]) }));
      } else if (message.type === 'relayChunk') {
        stream?.enqueue(message.chunk);
        editor.postMessage({ type: 'relayAck', id: relay.id });
      } else if (message.type === 'relayEnd') {
        finish();
      } else if (message.type === 'relayError') {
        finish(new TypeError('the sidecar could not be reached'));
      }
    });
    init.signal?.addEventListener('abort', abort, { once: true });
    editor.postMessage({
      type: 'relay',
      id: relay.id,
      request: { method: init.method ?? 'GET', path, headers: Object.fromEntries(headers), ...(body && { body }) },
    });
  });
}
