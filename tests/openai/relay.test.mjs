// What crosses /v1, looked at from both ends to the byte.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, beforeEach, test } from 'node:test';
import { gate, startProvider } from '../shared/provider.mjs';
import { problem, startSidecar } from './sidecar.mjs';

const MIB = 1 << 20;
let sidecar, provider, session;
before(async () => {
  sidecar = await startSidecar();
  provider = await startProvider();
});
beforeEach(async () => {
  provider.requests.length = 0;
  provider.answer(response => response.end('{}'));
  session = await sidecar.open(provider.url);
});
after(async () => {
  await provider.stop();
  await sidecar.stop();
});
const post = (path, options) => sidecar.call('POST', path, { token: session.token, body: '{}', ...options });

for (const chunked of [false, true]) {
  test(`Request_${chunked ? 'Chunked' : 'WithALength'}_ArrivesByteForByte`, async () => {
    const body = Buffer.from('  {"model" :"m","model":"n",\r\n\t"input":"\\u00e9 é 🙂 \\ud83d", "unknown":1e400}\n\n\xff', 'latin1');

    await post('/v1/responses?include[]=a%2Fb&x=%20', { body, chunked });

    const [seen] = provider.requests;
    assert.equal(seen.line, 'POST /v1/responses?include[]=a%2Fb&x=%20');
    assert.deepEqual(seen.body, body);
    assert.equal(seen.headers['content-type'], 'application/json');
  });
}

test('Request_InPieces_IsPassedOnBeforeItsEnd', { timeout: 5000 }, async t => {
  const arrived = { first: gate(), second: gate(), end: gate() };
  let bytes = '';
  const server = createServer(socket => {
    socket.on('error', () => {});
    socket.on('data', part => {
      bytes += part.toString('latin1');
      for (const [name, { open }] of Object.entries(arrived)) {
        if (bytes.includes(name === 'end' ? '\r\n0\r\n\r\n' : name)) {
          open();
        }
      }
    });
    arrived.end.opened.then(() => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}'));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const { token } = await sidecar.open(`http://127.0.0.1:${server.address().port}/v1`);

  const { sent, reply } = sidecar.send('POST', '/v1/audio/transcriptions', {
    token, headers: { 'content-type': 'multipart/form-data; boundary=b', 'transfer-encoding': 'chunked' },
  });
  sent.write('--b first');
  await arrived.first.opened;
  sent.write(' second');
  await arrived.second.opened;
  sent.end();

  assert.equal((await reply).status, 200);
});

test('Request_WithoutAContentType_ArrivesWithoutOne', async () => {
  const { sent, reply } = sidecar.send('POST', '/v1/audio/transcriptions', { token: session.token, headers: { 'content-length': 1 } });
  sent.end('x');

  assert.equal((await reply).status, 200);
  assert.ok(!('content-type' in provider.requests[0].headers));
  assert.deepEqual(provider.requests[0].body, Buffer.from('x'));
});

test('Request_OfEveryForwardedPath_ReachesThatPath', async () => {
  const paths = ['responses', 'chat/completions', 'embeddings', 'audio/transcriptions'];

  for (const path of paths) {
    await post(`/v1/${path}`);
  }
  for (const path of ['models', 'models/gpt-test', 'models/models/gemini-3.5-pro']) {
    await sidecar.call('GET', `/v1/${path}`, { token: session.token });
  }

  assert.deepEqual(provider.requests.map(seen => seen.line), [
    ...paths.map(path => `POST /v1/${path}`),
    'GET /v1/models', 'GET /v1/models/gpt-test', 'GET /v1/models/models/gemini-3.5-pro',
  ]);
});

test('Request_WithHeadersThatTellWhoAsks_ArrivesWithoutThem', async () => {
  const refused = {
    cookie: 'who=me', origin: 'vscode-webview://abc', referer: 'http://127.0.0.1/page', 'user-agent': 'Browser/1.0',
    'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7', via: '1.1 someone',
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', tracestate: 'a=b', baggage: 'a=b',
    'x-stainless-os': 'Linux', 'x-stainless-retry-count': '0', 'accept-language': 'de', 'x-api-key': 'k', 'api-key': 'k',
    te: 'trailers', 'proxy-authorization': 'Basic eA==', 'openai-organization': 'org-page', 'openai-project': 'proj-page',
    'x-hop': 'named by Connection', 'sec-fetch-site': 'cross-site', 'accept-encoding': 'gzip, br',
  };
  const headers = { ...refused, connection: 'close, x-hop', accept: 'text/event-stream', 'x-client-request-id': 'mine' };

  const reply = await post('/v1/responses', { headers });

  assert.equal(reply.status, 200, reply.text);
  const [{ headers: seen }] = provider.requests;
  for (const [name, value] of Object.entries(refused)) {
    assert.notEqual(seen[name], value, `${name} was passed on`);
  }
  assert.deepEqual(Object.keys(seen).sort(), [
    'accept', 'accept-encoding', 'authorization', 'content-length', 'content-type', 'host', 'user-agent', 'x-client-request-id',
  ]);
  assert.equal(seen['accept-encoding'], 'identity');
  assert.equal(seen['user-agent'], 'aotsidecar');
});

test('Request_WithTheToken_ArrivesWithTheKeyInstead', async () => {
  await post('/v1/embeddings');

  const [seen] = provider.requests;
  assert.equal(seen.headers.authorization, `Bearer ${session.secret}`);
  assert.ok(!JSON.stringify(seen).includes(session.token));
});

test('Reply_OfAnyStatusAndBody_ArrivesByteForByte', async () => {
  const body = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 256));
  provider.answer(response => {
    response.writeHead(203, { 'content-type': 'application/x-odd; a="b"', 'content-length': body.length, 'x-request-id': 'req_1' });
    response.end(body);
  });

  const reply = await post('/v1/responses');

  assert.equal(reply.status, 203);
  assert.deepEqual(reply.bytes, body);
  assert.equal(reply.headers['content-type'], 'application/x-odd; a="b"');
  assert.equal(reply.headers['content-length'], String(body.length));
  assert.equal(reply.headers['x-request-id'], 'req_1');
});

test('Reply_WithHeadersThatSteerABrowser_ArrivesWithoutThem', async () => {
  const dropped = {
    'set-cookie': 'a=b', location: 'http://127.0.0.1:1/', 'access-control-allow-origin': '*', server: 'them', via: '1.1 them',
    'alt-svc': 'h3=":443"', 'strict-transport-security': 'max-age=1', 'x-hop': '1', 'cache-control': 'public', link: '</x>',
  };
  const kept = { 'x-ratelimit-remaining-requests': '9', 'openai-processing-ms': '12', 'openai-version': '2020-10-01' };
  provider.answer(response => {
    response.writeHead(201, { ...dropped, ...kept, connection: 'x-hop' });
    response.end('{}');
  });

  const reply = await post('/v1/responses');

  assert.equal(reply.status, 201);
  for (const [name, value] of Object.entries(dropped)) {
    assert.notDeepEqual([reply.headers[name]].flat(), [value], `${name} was passed on`);
  }
  for (const [name, value] of Object.entries(kept)) {
    assert.equal(reply.headers[name], value);
  }
  assert.equal(reply.headers['cache-control'], 'no-store');
});

test('Stream_InOddPieces_ArrivesUnchangedAndAtOnce', async () => {
  // A character cut in two, CR and LF apart, a comment, an event without its end: nothing of it is the relay's business.
  const smile = Buffer.from('🙂');
  const pieces = [
    'data: {"a":"', smile.subarray(0, 2), smile.subarray(2), '"}\r', '\n\r', '\n: comment\n\n', 'event:x\ndata\n\n\n\n',
    Buffer.from([0, 255, 13]), 'data: [DONE]\n\n', 'data: no end',
  ].map(piece => Buffer.from(piece));
  const arrived = pieces.map(gate);
  provider.answer(async response => {
    response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8' });
    for (const [index, piece] of pieces.entries()) {
      response.write(piece);
      await arrived[index].opened;
    }
    response.end();
  });

  const reply = await post('/v1/chat/completions', {
    onData: (_, all) => {
      let length = 0;
      for (const [index, piece] of pieces.entries()) {
        length += piece.length;
        if (all.length >= length) {
          arrived[index].open();
        }
      }
    },
  });

  assert.deepEqual(reply.bytes, Buffer.concat(pieces));
  assert.equal(reply.headers['content-type'], 'text/event-stream; charset=utf-8');
});

test('Stream_InOddChunks_ArrivesAsOneBody', async () => {
  provider.answer(response => response.socket.end([
    'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
    'HTTP/1.1 200 Whatever\r\ntransfer-encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n',
    '0001;name="v"\r\nd\r\n', '00A\r\nata: one\n\n\r\n', '1\r\n\r\r\n', '0;last\r\nX-Trailer: t\r\n\r\n',
  ].join('')));

  const reply = await post('/v1/responses');

  assert.equal(reply.status, 200);
  assert.equal(reply.text, 'data: one\n\n\r');
});

test('Reply_CutInTheMiddle_ArrivesBrokenAndNotShort', async () => {
  let cut;
  provider.answer(response => {
    cut = () => response.destroy();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: half');
  });

  const reply = post('/v1/responses', { onData: () => cut() });

  await assert.rejects(reply, { code: 'ECONNRESET' });
});

test('Page_GoneInTheMiddle_ClosesTheProvidersConnection', { timeout: 5000 }, async () => {
  provider.answer(response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\n');
  });
  const leaving = new AbortController();

  const reply = post('/v1/responses', { signal: leaving.signal, onData: () => leaving.abort() });

  await assert.rejects(reply);
  await provider.requests[0].closed;
});

test('Session_EndedInTheMiddle_EndsTheStreamWithAnErrorAndTheProvidersConnection', { timeout: 5000 }, async () => {
  provider.answer(response => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: half');
  });

  const reply = await post('/v1/responses', { onData: part => part.equals(Buffer.from('data: half')) && sidecar.end(session.id) });

  const [, name, data] = /^data: half\n\nevent: (.*)\ndata: (.*)\n\n$/.exec(reply.text);
  assert.equal(name, 'error');
  assert.equal(JSON.parse(data).error.code, 'invalid_credential');
  await provider.requests[0].closed;
});

for (const [status, headers] of [[400, {}], [403, {}], [404, {}], [429, { 'retry-after': '7' }], [500, {}], [503, { 'retry-after': '3' }]]) {
  test(`ProvidersError_${status}_PassesThroughWithItsBody`, async () => {
    const body = `{ "error": {"message": "theirs ${status}", "code": null} }\n`;
    provider.answer(response => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      response.end(body);
    });

    const reply = await post('/v1/responses');

    assert.equal(reply.status, status);
    assert.equal(reply.text, body);
    assert.equal(reply.headers['retry-after'], headers['retry-after']);
    assert.equal(provider.requests.length, 1, 'trying again is the SDK\'s decision');
  });
}

test('ProvidersError_401_Becomes502AndEndsTheSessionsOfTheKey', async () => {
  const { token: other } = await sidecar.mint(session.secretKeyId);
  provider.answer(response => {
    response.writeHead(401, { 'www-authenticate': 'Bearer realm="theirs"' });
    response.end('{"error":{"message":"Incorrect API key provided: sk-theirs"}}');
  });

  const reply = await post('/v1/responses');

  assert.equal(problem(reply), '502 upstream_auth_failed');
  assert.ok(!reply.text.includes('sk-theirs'));
  assert.equal(reply.headers['www-authenticate'], undefined);
  assert.equal(problem(await post('/v1/responses')), '401 invalid_credential');
  assert.equal(problem(await post('/v1/responses', { token: other })), '401 invalid_credential');
  assert.equal(provider.requests.length, 1);
});

for (const status of [301, 302, 303, 307, 308]) {
  test(`ProvidersRedirect_${status}_IsNotFollowed`, async t => {
    const target = await startProvider(response => response.end());
    t.after(() => target.stop());
    provider.answer(response => response.writeHead(status, { location: `${target.url}/responses` }).end('moved'));

    const reply = await post('/v1/responses');

    assert.equal(problem(reply), '502 upstream_redirect');
    assert.equal(reply.headers.location, undefined);
    assert.equal(target.connections, 0);
  });
}

test('Path_ThatIsNotForwarded_Is404WithATokenAnd401Without', async () => {
  for (const path of ['/v1/files', '/v1/responses/resp_1', '/v1/models/..%2Ffiles', '/v1/models//files', '/v1/models/a%2F', '/v1/models/a%2F.%2Fb', '/v1/organization/users', '/v1/responses%2f..%2ffiles', '/v1/']) {
    assert.equal(problem(await sidecar.call('GET', path, { token: session.token })), '404 not_found', path);
    assert.equal(problem(await sidecar.call('GET', path)), '401 missing_credential', path);
  }
  assert.equal(provider.requests.length, 0);
});

test('Method_ThatAPathDoesNotTake_Is405', async () => {
  for (const [method, path, allow] of [['GET', '/v1/responses', 'POST'], ['DELETE', '/v1/models/m', 'GET'], ['POST', '/v1/models', 'GET']]) {
    const reply = await sidecar.call(method, path, { token: session.token });

    assert.equal(problem(reply), '405 method_not_allowed');
    assert.equal(reply.headers.allow, allow);
  }
  assert.equal(provider.requests.length, 0);
});

test('Body_AnnouncedAsTooLarge_Is413BeforeItIsSent', async () => {
  const { sent, reply } = sidecar.send('POST', '/v1/responses', {
    token: session.token, headers: { 'content-type': 'application/json', 'content-length': 32 * MIB + 1 },
  });
  sent.flushHeaders();

  assert.equal(problem(await reply), '413 payload_too_large');
  assert.equal(provider.requests.length, 0);
  sent.destroy();
});

test('Body_ThatGrowsTooLarge_Is413', async () => {
  const { sent, reply } = sidecar.send('POST', '/v1/audio/transcriptions', {
    token: session.token, headers: { 'content-type': 'application/octet-stream', 'transfer-encoding': 'chunked' },
  });
  const outcome = reply.then(problem);
  let answered = false;
  outcome.finally(() => { answered = true; }).catch(() => {});
  const part = Buffer.alloc(MIB);
  for (let count = 0; count < 33 && !answered; count++) {
    if (!sent.write(part)) {
      await Promise.race([once(sent, 'drain'), outcome.catch(() => {})]);
    }
  }
  sent.end();

  assert.equal(await outcome, '413 payload_too_large');
});

test('Body_OfExactlyTheLimit_IsForwarded', async () => {
  const reply = await post('/v1/audio/transcriptions', { body: Buffer.alloc(32 * MIB, 7) });

  assert.equal(reply.status, 200);
  assert.equal(provider.requests[0].body.length, 32 * MIB);
});

test('Provider_ThatIsDown_Is502', async () => {
  const gone = await startProvider();
  await gone.stop();
  const { token, secret } = await sidecar.open(gone.url);

  const reply = await post('/v1/responses', { token });

  assert.equal(problem(reply), '502 upstream_unreachable');
  assert.ok(!reply.text.includes(secret) && !reply.text.includes(gone.url));
});
