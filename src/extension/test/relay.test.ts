import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import type { ToPage } from '../src/chat/messages';
import { Relay } from '../src/chat/relay';

const server = createServer();
let port: number;
let sent: ToPage[];
let messages: EventEmitter<{ message: [ToPage] }>;
let relay: Relay;

before(async () => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
});

after(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(() => {
  server.removeAllListeners('request');
  sent = [];
  messages = new EventEmitter();
  relay = new Relay((message) => {
    sent.push(message);
    messages.emit('message', message);
  });
});

function answer(handle: (request: IncomingMessage, response: ServerResponse) => void): void {
  server.on('request', handle);
}

async function until(type: ToPage['type']): Promise<void> {
  while (!sent.some((message) => message.type === type)) {
    await once(messages, 'message');
  }
}

test('Relay_Request_PassesKnownHeadersAndNoOrigin', async () => {
  let seen: IncomingMessage['headers'] = {};
  answer(({ headers }, response) => {
    seen = headers;
    response.end('{}');
  });

  relay.start(1, port, { method: 'POST', path: '/chatkit', headers: { 'Authorization': 'Bearer ck_1', 'Cookie': 'a=b', 'Host': 'evil' }, body: new Uint8Array([123, 125]) });
  await until('relayEnd');

  assert.deepEqual([seen.authorization, seen.cookie, seen.origin, seen.host], ['Bearer ck_1', undefined, undefined, `127.0.0.1:${port}`]);
});

for (const path of ['//evil.test/', 'http://evil.test/', '/a b', '/a\r\nX: y', 'chatkit']) {
  test(`Relay_Path_${JSON.stringify(path)}_IsRefused`, () => {
    relay.start(1, port, { method: 'GET', path, headers: {} });

    assert.deepEqual(sent, [{ type: 'relayError', id: 1 }]);
  });
}

test('Relay_PageThatTakesNothing_IsNotSentWithoutEnd', async () => {
  const chunk = Buffer.alloc(64 * 1024);
  answer((_, response) => {
    const write = () => {
      while (response.write(chunk));
    };
    response.on('drain', write);
    write();
  });

  relay.start(1, port, { method: 'GET', path: '/endless', headers: {} });
  while (sent.filter(({ type }) => type === 'relayChunk').length < 16) {
    await once(messages, 'message');
  }
  await new Promise(setImmediate);

  assert.equal(sent.filter(({ type }) => type === 'relayChunk').length, 16);
  relay.dispose();
});

test('Relay_Aborted_ClosesItsRequest', async () => {
  const closed = new Promise<void>((resolve) => {
    answer((request, response) => {
      request.on('close', resolve);
      response.write('x');
    });
  });

  relay.start(1, port, { method: 'GET', path: '/stream', headers: {} });
  await until('relayChunk');
  relay.abort(1);

  await closed;
  assert.equal(sent.some(({ type }) => type === 'relayError'), false);
});

test('Relay_SidecarGone_TellsThePage', async () => {
  answer((request) => request.socket.destroy());

  relay.start(1, port, { method: 'GET', path: '/health', headers: {} });

  await until('relayError');
});
