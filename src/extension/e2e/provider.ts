import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly authorization: string;
  readonly body: { readonly input?: unknown; readonly model?: string; readonly tools?: readonly { readonly name?: string }[] };
}

/** What is to be said next: pieces of text, with gates between them that the test opens; or the call of a tool. */
export type Line = { readonly pieces: readonly (string | Promise<void>)[] } | { readonly tool: string; readonly args: Record<string, unknown> };

/** A provider that speaks the Responses API and says what its test has scripted, nothing else. */
export class ScriptedProvider {
  readonly asked: Asked[] = [];
  readonly #script: Line[] = [];

  private constructor(private readonly server: Server) {}

  static async start(): Promise<ScriptedProvider> {
    const server = createServer();
    const provider = new ScriptedProvider(server);
    server.on('request', (request, response) => void provider.#answer(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return provider;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1`;
  }

  willSay(...lines: readonly Line[]): void {
    this.#script.push(...lines);
  }

  stop(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) {
      chunks.push(chunk as Buffer);
    }
    if (request.method === 'GET' && request.url === '/v1/models') {
      response.setHeader('Content-Type', 'application/json').end('{"object":"list","data":[{"id":"scripted-large"},{"id":"scripted-small"}]}');
      return;
    }
    const line = request.url === '/v1/responses' ? this.#script.shift() : undefined;
    this.asked.push({
      authorization: request.headers.authorization ?? '',
      body: JSON.parse(Buffer.concat(chunks).toString() || '{}') as Asked['body'],
    });
    if (line === undefined) {
      response.writeHead(500).end();
      return;
    }
    response.setHeader('Content-Type', 'text/event-stream');
    let sequence = 0;
    const send = (type: string, data: object) =>
      response.write(`event: ${type}\ndata: ${JSON.stringify({ type, sequence_number: sequence++, ...data })}\n\n`);
    await ('pieces' in line ? sayText(send, line.pieces, this.asked.length) : callTool(send, line, this.asked.length));
    response.end();
  }
}

type Send = (type: string, data: object) => void;

async function sayText(send: Send, pieces: readonly (string | Promise<void>)[], turn: number): Promise<void> {
  const id = `msg_${turn}`;
  const place = { item_id: id, output_index: 0, content_index: 0 };
  let text = '';
  begin(send, turn);
  send('response.output_item.added', { output_index: 0, item: { type: 'message', id, status: 'in_progress', role: 'assistant', content: [] } });
  send('response.content_part.added', { ...place, part: { type: 'output_text', text: '', annotations: [] } });
  for (const piece of pieces) {
    if (typeof piece === 'string') {
      text += piece;
      send('response.output_text.delta', { ...place, delta: piece });
    } else {
      await piece;
    }
  }
  const part = { type: 'output_text', text, annotations: [] };
  const item = { type: 'message', id, status: 'completed', role: 'assistant', content: [part] };
  send('response.output_text.done', { ...place, text });
  send('response.content_part.done', { ...place, part });
  end(send, turn, item);
}

async function callTool(send: Send, { tool, args }: Extract<Line, { tool: string }>, turn: number): Promise<void> {
  const item = { type: 'function_call', id: `fc_${turn}`, call_id: `call_${turn}`, name: tool, arguments: JSON.stringify(args), status: 'completed' };
  begin(send, turn);
  send('response.output_item.added', { output_index: 0, item: { ...item, arguments: '', status: 'in_progress' } });
  send('response.function_call_arguments.delta', { item_id: item.id, output_index: 0, delta: item.arguments });
  send('response.function_call_arguments.done', { item_id: item.id, output_index: 0, arguments: item.arguments });
  end(send, turn, item);
}

function begin(send: Send, turn: number): void {
  send('response.created', { response: { id: `resp_${turn}`, object: 'response', status: 'in_progress', output: [] } });
}

function end(send: Send, turn: number, item: object): void {
  const usage = { input_tokens: 1, output_tokens: 1, total_tokens: 2 };
  send('response.output_item.done', { output_index: 0, item });
  send('response.completed', { response: { id: `resp_${turn}`, object: 'response', status: 'completed', output: [item], usage } });
}
