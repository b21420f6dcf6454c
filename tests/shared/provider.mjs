// A provider that says exactly what a test tells it to, and keeps exactly what it was asked.
import { once } from 'node:events';
import { createServer } from 'node:http';

export async function startProvider(answer) {
  const requests = [];
  const server = createServer(async (request, response) => {
    const seen = {
      line: `${request.method} ${request.url}`,
      headers: request.headers,
      closed: once(response, 'close'),
      body: Buffer.alloc(0),
    };
    requests.push(seen);
    try {
      const parts = [];
      for await (const part of request) {
        parts.push(part);
      }
      seen.body = Buffer.concat(parts);
      await answer(response, seen);
    } catch {
      // a request that was cut: the test looks at its other end
    }
  });
  let connections = 0;
  server.on('connection', () => { connections++; });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address();
  return {
    url: `http://127.0.0.1:${port}/v1`,
    requests,
    get connections() { return connections; },
    answer: next => { answer = next; },
    async stop() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A door that one side waits at and the other opens. */
export function gate() {
  let open;
  const opened = new Promise(resolve => { open = resolve; });
  return { open, opened };
}
