import type { Endpoint } from '../src/chat/messages';
import { ask, HostProblem } from './host';
import { relayFetch } from './relayFetch';

/**
 * The address that pages use. It has no port, because that changes with every start of the sidecar; only path and query
 * of a request count. With plain http OpenAI's component does not ask OpenAI whether it may run here.
 */
export const symbolicEndpoint = 'http://127.0.0.1';

/** The port answers at once or not at all; do not wait for a permission prompt or a hanging proxy. */
const probeTimeoutMs = 2000;

type Send = (path: string, init: RequestInit) => Promise<Response>;

interface Route {
  readonly launch: number;
  readonly send: Send;
  /** For requests that may be answered with a stream. */
  readonly sendStreaming: Send;
}

let route: Promise<Route> | undefined;

/** What the extension refused, by the response that a page sees instead. */
const refusals = new WeakMap<Response, HostProblem>();

/** Tells why the extension could not let a request go, if that is what `response` stands for. */
export function refusalOf(response: Response): HostProblem | undefined {
  return refusals.get(response);
}

/** `fetch` for a page: adds the session token, renews it once after a 401, and chooses the route to the sidecar. */
export async function sidecarFetch(input: RequestInfo | URL, init: RequestInit = {}): Promise<Response> {
  const { pathname, search } = new URL(input instanceof Request ? input.url : input, symbolicEndpoint);
  try {
    const token = await getToken();
    const response = await send(pathname + search, init, token);
    if (response.status !== 401) {
      return response;
    }
    await response.body?.cancel();
    return await send(pathname + search, init, await getToken(token));
  } catch (error) {
    if (error instanceof HostProblem) {
      const response = explain(error, new Headers(init.headers));
      refusals.set(response, error);
      return response;
    }
    throw error;
  }
}

async function getToken(refused?: string): Promise<string> {
  return (await ask({ type: 'token', ...(refused !== undefined && { refused }) })).token;
}

async function send(path: string, init: RequestInit, token: string): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set('Authorization', `Bearer ${token}`);
  const authorized = { ...init, headers };
  const used = await findRoute();
  try {
    return await choose(used, path)(path, authorized);
  } catch (error) {
    if (init.signal?.aborted) {
      throw error;
    }
    // Sent again only if it cannot have been carried out: the sidecar is gone or the route is closed.
    route = undefined;
    const found = await findRoute();
    if (found.launch === used.launch && choose(found, path) === choose(used, path)) {
      throw error;
    }
    if (found.launch !== used.launch) {
      headers.set('Authorization', `Bearer ${await getToken(token)}`);
    }
    return choose(found, path)(path, authorized);
  }
}

function findRoute(): Promise<Route> {
  const finding = (route ??= probe());
  finding.catch(() => {
    if (route === finding) {
      route = undefined;
    }
  });
  return finding;
}

async function probe(): Promise<Route> {
  const { endpoint } = await ask({ type: 'endpoint' });
  const send = (await isReachable(endpoint)) ? direct(endpoint) : relayFetch;
  return { launch: endpoint.launch, send, sendStreaming: isTunnel(endpoint) ? send : relayFetch };
}

function choose({ send, sendStreaming }: Route, path: string): Send {
  return /^\/(chatkit|v1)(\/|$)/.test(path) ? sendStreaming : send;
}

/**
 * A tunnel passes bytes on as they come. An HTTP proxy, recognised by its path or public name, may compress a stream and
 * hold it back until the end, as code-server's does.
 */
function isTunnel({ url }: Endpoint): boolean {
  const { pathname, hostname } = new URL(url);
  return pathname === '/' && ['127.0.0.1', 'localhost'].includes(hostname);
}

const directs = new Map<string, Send>();

/** One function per address, so that routes can be compared by it. */
function direct({ url }: Endpoint): Send {
  const known = directs.get(url) ?? ((path: string, init: RequestInit) => fetch(url + path, { ...init, credentials: 'same-origin' }));
  directs.set(url, known);
  return known;
}

async function isReachable({ url }: Endpoint): Promise<boolean> {
  try {
    const reply = await fetch(`${url}/health`, { signal: AbortSignal.timeout(probeTimeoutMs), cache: 'no-store' });
    // A proxy may answer with a page of its own.
    return reply.ok && ((await reply.json()) as { status?: unknown }).status === 'ok';
  } catch {
    return false;
  }
}

/** The component shows no HTTP errors of streaming requests, only `error` events. */
function explain({ code, message }: HostProblem, headers: Headers): Response {
  if (headers.get('accept')?.includes('text/event-stream')) {
    const event = JSON.stringify({ type: 'error', code: 'custom', message, allow_retry: true });
    return new Response(`data: ${event}\n\n`, { headers: { 'Content-Type': 'text/event-stream' } });
  }
  return Response.json({ error: { type: 'host_error', code, message, param: null }, message }, { status: 403 });
}
