import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';
import type { RelayRequest, ToPage } from './messages';

/** Bounds one message of a page; the ChatKit endpoint takes 4 MiB, uploads more. */
const maxBodyBytes = 32 * 1024 * 1024;
/** Chunks of up to 64 KiB sent to a page and not acknowledged yet. */
const maxUnacknowledged = 16;
/** A page has a handful of requests running; bounds one that loops. */
const maxConcurrent = 32;

const allowedHeaders: ReadonlySet<string> = new Set([
  'accept',
  'accept-language',
  'authorization',
  'chatkit-frame-instance-id',
  'content-type',
]);

/**
 * Forwards requests of a page that cannot reach the port itself: to the sidecar's port only, without credentials of its
 * own and without an Origin, because it is no browser. The token alone decides.
 */
export class Relay {
  readonly #running = new Map<number, { readonly request: ClientRequest; response?: IncomingMessage; unacknowledged: number }>();

  constructor(private readonly send: (message: ToPage) => void) {}

  start(id: number, port: number, { method, path, headers, body }: RelayRequest): void {
    if (this.#running.size >= maxConcurrent || !isAllowed(method, path) || (body?.byteLength ?? 0) > maxBodyBytes) {
      this.send({ type: 'relayError', id });
      return;
    }
    const request = httpRequest({
      host: '127.0.0.1',
      port,
      method,
      path,
      headers: {
        ...Object.fromEntries(Object.entries(headers).filter(([name]) => allowedHeaders.has(name.toLowerCase()))),
        ...(body && { 'content-length': body.byteLength }),
      },
    });
    this.#running.set(id, { request, unacknowledged: 0 });
    request.on('error', () => this.#finish(id, { type: 'relayError', id }));
    request.on('response', (response) => this.#pass(id, response));
    request.end(body);
  }

  acknowledge(id: number): void {
    const running = this.#running.get(id);
    if (running !== undefined && --running.unacknowledged < maxUnacknowledged) {
      running.response?.resume();
    }
  }

  abort(id: number): void {
    this.#running.get(id)?.request.destroy();
    this.#running.delete(id);
  }

  dispose(): void {
    [...this.#running.keys()].forEach((id) => this.abort(id));
  }

  #pass(id: number, response: IncomingMessage): void {
    const running = this.#running.get(id);
    if (running === undefined) {
      response.destroy();
      return;
    }
    running.response = response;
    const headers = Object.entries(response.headers).flatMap(([name, value]) =>
      typeof value === 'string' ? [[name, value] as const] : [],
    );
    this.send({ type: 'relayHead', id, status: response.statusCode ?? 502, headers });
    response.on('data', (chunk: Buffer) => {
      this.send({ type: 'relayChunk', id, chunk: new Uint8Array(chunk) });
      if (++running.unacknowledged >= maxUnacknowledged) {
        response.pause();
      }
    });
    response.on('end', () => this.#finish(id, { type: 'relayEnd', id }));
    response.on('error', () => this.#finish(id, { type: 'relayError', id }));
  }

  #finish(id: number, message: ToPage): void {
    if (this.#running.delete(id)) {
      this.send(message);
    }
  }
}

function isAllowed(method: string, path: string): boolean {
  return /^(GET|POST|PUT|DELETE)$/.test(method) && /^\/(?!\/)[\x21-\x7e]*$/.test(path);
}
