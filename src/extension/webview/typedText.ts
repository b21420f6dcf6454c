interface Message {
  readonly type?: unknown;
  readonly params?: { readonly input?: { readonly content?: readonly { readonly type?: unknown; readonly text?: unknown }[] } };
}

/** What the user typed, if `body` is a ChatKit request that brings a new message. */
export function typedText(body: unknown): string | undefined {
  if (typeof body !== 'string') {
    return undefined;
  }
  const { type, params } = JSON.parse(body) as Message;
  if (type !== 'threads.create' && type !== 'threads.add_user_message') {
    return undefined;
  }
  const content = params?.input?.content ?? [];
  return content.flatMap((part) => (part.type === 'input_text' && typeof part.text === 'string' ? [part.text] : [])).join('');
}
