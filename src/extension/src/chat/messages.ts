/** Messages between a chat page and its extension; both are compiled against this file. */

export type FromPage =
  /** The page runs. `origin` is that of its requests, which only the page itself knows. */
  | { readonly type: 'hello'; readonly origin: string }
  /** Where is the sidecar now? Asked again after a request failed. */
  | { readonly type: 'endpoint'; readonly id: number }
  /** `refused` is the token that got a 401. */
  | { readonly type: 'token'; readonly id: number; readonly refused?: string }
  | { readonly type: 'relay'; readonly id: number; readonly request: RelayRequest }
  | { readonly type: 'relayAbort'; readonly id: number }
  /** Acknowledges a chunk; the relay sends only a few ahead. */
  | { readonly type: 'relayAck'; readonly id: number }
  /** OpenAI's component could not be loaded: offline, or its host is blocked. */
  | { readonly type: 'componentUnavailable' }
  | { readonly type: 'setKey' };

export interface RelayRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array;
}

export interface Problem {
  readonly code: string;
  readonly message: string;
}

export interface Endpoint {
  /** Changes with every sidecar process. */
  readonly launch: number;
  /** The sidecar's URL for the page, without a trailing slash. */
  readonly url: string;
}

export type ToPage =
  | { readonly type: 'endpoint'; readonly id: number; readonly endpoint: Endpoint }
  | { readonly type: 'token'; readonly id: number; readonly token: string }
  /** Instead of one of the two above. */
  | { readonly type: 'problem'; readonly id: number; readonly problem: Problem }
  /** The user wants to type. */
  | { readonly type: 'focus' }
  | { readonly type: 'newChat' }
  /** What was refused for want of a key may be tried again. */
  | { readonly type: 'keyChanged' }
  | { readonly type: 'relayHead'; readonly id: number; readonly status: number; readonly headers: readonly (readonly [string, string])[] }
  | { readonly type: 'relayChunk'; readonly id: number; readonly chunk: Uint8Array }
  | { readonly type: 'relayEnd'; readonly id: number }
  | { readonly type: 'relayError'; readonly id: number };
