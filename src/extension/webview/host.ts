import type { FromPage, Problem, ToPage } from '../src/chat/messages';

interface EditorApi {
  postMessage(message: FromPage): void;
  getState(): PageState | undefined;
  setState(state: PageState): void;
}

export interface PageState {
  readonly threadId?: string;
}

declare function acquireVsCodeApi(): EditorApi;

/** May be called only once in a page. */
export const editor = acquireVsCodeApi();

/** A refusal by the extension, with a message for the user. */
export class HostProblem extends Error {
  readonly code: string;

  constructor({ code, message }: Problem) {
    super(message);
    this.code = code;
  }
}

type Reply = Extract<ToPage, { type: 'endpoint' | 'token' }>;
/** What the extension tells without having been asked. */
type News = Extract<ToPage, { type: 'focus' | 'newChat' | 'keyChanged' }>['type'];

let lastId = 0;
const waiting = new Map<number, { readonly resolve: (reply: Reply) => void; readonly reject: (problem: HostProblem) => void }>();
const relays = new Map<number, (message: ToPage) => void>();
const listeners: Partial<Record<News, () => void>> = {};

export function onNews(type: News, listener: () => void): void {
  listeners[type] = listener;
}

export function ask<T extends Reply['type']>(question: { type: T; refused?: string }): Promise<Extract<Reply, { type: T }>> {
  const id = ++lastId;
  return new Promise((resolve, reject) => {
    waiting.set(id, { resolve: (reply) => resolve(reply as Extract<Reply, { type: T }>), reject });
    editor.postMessage({ ...question, id } as FromPage);
  });
}

export function openRelay(onMessage: (message: ToPage) => void): { readonly id: number; close(): void } {
  const id = ++lastId;
  relays.set(id, onMessage);
  return { id, close: () => relays.delete(id) };
}

window.addEventListener('message', ({ data }: MessageEvent<ToPage>) => {
  if (data?.type === 'endpoint' || data?.type === 'token') {
    waiting.get(data.id)?.resolve(data);
    waiting.delete(data.id);
  } else if (data?.type === 'problem') {
    waiting.get(data.id)?.reject(new HostProblem(data.problem));
    waiting.delete(data.id);
  } else if (data?.type === 'focus' || data?.type === 'newChat' || data?.type === 'keyChanged') {
    listeners[data.type]?.();
  } else if (typeof data?.type === 'string' && data.type.startsWith('relay')) {
    relays.get(data.id)?.(data);
  }
});
