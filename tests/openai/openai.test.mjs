// The official client with a session token as its key, as a page would use it, against a mock that others wrote; where the
// mock is vague, against a provider of our own.
import { LLMock } from '@copilotkit/aimock';
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import OpenAI, { toFile } from 'openai';
import { gate, startProvider } from '../shared/provider.mjs';
import { startSidecar } from './sidecar.mjs';

const answer = 'Hello there, dear reader: 🙂 and naïve text.';
let sidecar, mock, provider, session, client;
before(async () => {
  sidecar = await startSidecar();
  provider = await startProvider();
  mock = new LLMock({ port: 0, chunkSize: 5, logLevel: 'silent' });
  mock.onMessage('greet me', { content: answer });
  mock.onMessage('call me', { toolCalls: [{ name: 'get_weather', arguments: '{"location":"Oslo"}' }] });
  mock.onEmbedding('embed me', { embedding: [0.5, -1, 2] });
  mock.onTranscription({ transcription: { text: 'spoken words' } });
  await mock.start();
  session = await sidecar.open(`${mock.url}/v1`);
  client = connect(session.token);
});
after(async () => {
  await mock.stop();
  await provider.stop();
  await sidecar.stop();
});
const connect = token => new OpenAI({ baseURL: `${sidecar.origin}/v1`, apiKey: token, maxRetries: 0 });
const messages = [{ role: 'user', content: 'greet me' }];

async function read(stream) {
  const events = [];
  for await (const event of stream) {
    events.push(event);
  }
  return events;
}

test('Responses_AtOnce_AreAnswered', async () => {
  const response = await client.responses.create({ model: 'gpt-test', input: 'greet me' });

  assert.equal(response.output_text, answer);
});

test('Responses_Streamed_AreAnsweredInPieces', async () => {
  const events = await read(await client.responses.create({ model: 'gpt-test', input: 'greet me', stream: true }));

  const deltas = events.filter(event => event.type === 'response.output_text.delta').map(event => event.delta);
  assert.equal(deltas.join(''), answer);
  assert.ok(deltas.length > 2);
  assert.equal(events.at(-1).type, 'response.completed');
});

test('ChatCompletions_AtOnce_AreAnswered', async () => {
  const completion = await client.chat.completions.create({ model: 'gpt-test', messages });

  assert.equal(completion.choices[0].message.content, answer);
});

test('ChatCompletions_Streamed_AreAnsweredInPieces', async () => {
  const stream = await client.chat.completions.create({ model: 'gpt-test', messages, stream: true });

  const pieces = (await read(stream)).map(chunk => chunk.choices[0]?.delta.content ?? '').filter(Boolean);
  assert.equal(pieces.join(''), answer);
  assert.ok(pieces.length > 2);
});

test('Responses_ReadByTheHelper_AreWhole', async () => {
  const response = await client.responses.stream({ model: 'gpt-test', input: 'greet me' }).finalResponse();

  assert.equal(response.output_text, answer);
});

test('ChatCompletions_ReadByTheHelper_AreWhole', async () => {
  const content = await client.chat.completions.stream({ model: 'gpt-test', messages }).finalContent();

  assert.equal(content, answer);
});

test('Responses_WithAToolCall_BringIt', async () => {
  const tools = [{ type: 'function', name: 'get_weather', parameters: { type: 'object' }, strict: false }];

  const stream = client.responses.stream({ model: 'gpt-test', input: 'call me', tools });

  const call = (await stream.finalResponse()).output.find(item => item.type === 'function_call');
  assert.deepEqual([call.name, JSON.parse(call.arguments)], ['get_weather', { location: 'Oslo' }]);
});

test('ChatCompletions_WithAToolCall_BringIt', async () => {
  const tools = [{ type: 'function', function: { name: 'get_weather', parameters: { type: 'object' } } }];

  const stream = client.chat.completions.stream({ model: 'gpt-test', messages: [{ role: 'user', content: 'call me' }], tools });

  const [call] = (await stream.finalChatCompletion()).choices[0].message.tool_calls;
  assert.deepEqual([call.function.name, JSON.parse(call.function.arguments)], ['get_weather', { location: 'Oslo' }]);
});

test('Models_Listed_AreTheProviders', async () => {
  const direct = await (await fetch(`${mock.url}/v1/models`)).json();

  const models = await read(await client.models.list());

  assert.ok(models.length > 0);
  assert.deepEqual(models.map(model => model.id), direct.data.map(model => model.id));
});

test('Model_Retrieved_IsTheProviders', async () => {
  provider.answer((response, seen) => {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ id: seen.line, object: 'model', created: 1, owned_by: 'them' }));
  });
  const { token } = await sidecar.open(provider.url);

  const model = await connect(token).models.retrieve('ft:gpt-4o:org::a1');

  assert.equal(decodeURIComponent(model.id), 'GET /v1/models/ft:gpt-4o:org::a1');
});

test('Embeddings_InNumbers_AreTheProviders', async () => {
  const reply = await client.embeddings.create({ model: 'embed-test', input: 'embed me', encoding_format: 'float' });

  assert.deepEqual(reply.data[0].embedding, [0.5, -1, 2]);
});

test('Transcription_OfARecording_IsTheProviders', async () => {
  const file = await toFile(Buffer.alloc(100_000, 1), 'speech.wav');

  const { text } = await client.audio.transcriptions.create({ model: 'whisper-test', file });

  assert.equal(text, 'spoken words');
});

test('Transcription_Streamed_ComesInPieces', async () => {
  const pieces = await readFile(new URL('../AotSidecar.Tests/Providers/Fixtures/transcribe-stream.sse', import.meta.url));
  provider.requests.length = 0;
  provider.answer(response => response.writeHead(200, { 'content-type': 'text/event-stream' }).end(pieces));
  const { token } = await sidecar.open(provider.url);
  const file = await toFile(Buffer.alloc(1000, 7), 'speech.ogg');

  const events = await read(await connect(token).audio.transcriptions.create({ model: 'm', file, stream: true }));

  assert.deepEqual(events.map(event => event.delta ?? event.text), ['Hello', ' world', 'Hello world']);
  const [{ body, headers }] = provider.requests;
  assert.match(headers['content-type'], /^multipart\/form-data; boundary=/);
  assert.ok(body.includes('filename="speech.ogg"') && body.includes(Buffer.alloc(1000, 7)));
});

test('Embeddings_AsTheClientAsksForThem_AreTheProviders', async () => {
  // Without a format the client asks for base64, four bytes a number.
  const numbers = new Float32Array([0.5, -1, 2]);
  provider.requests.length = 0;
  provider.answer(response => response.setHeader('content-type', 'application/json').end(JSON.stringify({
    object: 'list', model: 'm', data: [{ object: 'embedding', index: 0, embedding: Buffer.from(numbers.buffer).toString('base64') }],
  })));
  const { token } = await sidecar.open(provider.url);

  const reply = await connect(token).embeddings.create({ model: 'm', input: 'x' });

  assert.deepEqual(reply.data[0].embedding, [...numbers]);
  assert.equal(JSON.parse(provider.requests[0].body).encoding_format, 'base64');
});

test('Files_WhichAreNotForwarded_AreNotFound', async () => {
  provider.requests.length = 0;
  const { token } = await sidecar.open(provider.url);
  const files = connect(token).files;

  await assert.rejects(files.list(), OpenAI.NotFoundError);
  await assert.rejects(files.create({ file: await toFile(Buffer.from('x'), 'a.txt'), purpose: 'user_data' }), OpenAI.NotFoundError);
  await assert.rejects(connect(token).responses.retrieve('resp_1'), OpenAI.NotFoundError);
  assert.equal(provider.requests.length, 0);
});

test('Account_NamedByTheClient_IsTheHostsAllTheSame', async () => {
  provider.requests.length = 0;
  provider.answer(response => response.setHeader('content-type', 'application/json').end('{"data":[]}'));
  const { token } = await sidecar.open(provider.url, { organization: 'org-host', project: 'proj-host' });
  const own = new OpenAI({ baseURL: `${sidecar.origin}/v1`, apiKey: token, maxRetries: 0, organization: 'org-page', project: 'proj-page' });

  await own.models.list();

  const [{ headers }] = provider.requests;
  assert.deepEqual([headers['openai-organization'], headers['openai-project']], ['org-host', 'proj-host']);
});

for (const [dialect, open] of [['Responses', api => api.responses], ['ChatCompletions', api => api.chat.completions]]) {
  test(`${dialect}_AbortedBeforeTheReply_CloseTheProvidersConnection`, { timeout: 5000 }, async () => {
    const asked = gate();
    provider.requests.length = 0;
    provider.answer(() => asked.open());
    const { token } = await sidecar.open(provider.url);
    const leaving = new AbortController();
    const reply = open(connect(token)).create({ model: 'm', input: 'x', messages }, { signal: leaving.signal });
    const rejected = assert.rejects(reply, OpenAI.APIUserAbortError);
    await asked.opened;

    leaving.abort();

    await rejected;
    await provider.requests[0].closed;
  });
}

for (const [dialect, open, first] of [
  ['Responses', api => api.responses, { type: 'response.created', response: { id: 'resp_1' } }],
  ['ChatCompletions', api => api.chat.completions, { id: 'c', choices: [{ index: 0, delta: { content: 'a' } }] }],
]) {
  test(`${dialect}_AbortedWhileStreaming_CloseTheProvidersConnection`, { timeout: 5000 }, async () => {
    provider.requests.length = 0;
    provider.answer(response => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${JSON.stringify(first)}\n\n`);
    });
    const { token } = await sidecar.open(provider.url);
    const stream = await open(connect(token)).create({ model: 'm', input: 'x', messages, stream: true });
    const iterator = stream[Symbol.asyncIterator]();
    await iterator.next();

    stream.controller.abort();

    await provider.requests[0].closed;
  });
}

for (const [status, failure] of [[400, OpenAI.BadRequestError], [429, OpenAI.RateLimitError], [500, OpenAI.InternalServerError]]) {
  test(`Client_WhenTheProviderFailsWith${status}_ThrowsItsOwnError`, async () => {
    mock.nextRequestError(status, { message: `theirs ${status}`, type: 'their_type', code: 'their_code' });

    await assert.rejects(client.responses.create({ model: 'gpt-test', input: 'greet me' }), error => {
      assert.ok(error instanceof failure);
      assert.equal(error.code, 'their_code');
      assert.match(error.message, new RegExp(`theirs ${status}`));
      return true;
    });
  });
}

test('Client_TryingAgainAfter429_IsAnswered', async () => {
  mock.nextRequestError(429, { message: 'slow down', type: 'rate_limit_error', code: 'rate_limit_exceeded' });
  const patient = client.withOptions({ maxRetries: 1 });

  const response = await patient.responses.create({ model: 'gpt-test', input: 'greet me' });

  assert.equal(response.output_text, answer);
});

test('Client_WithATokenThatIsNone_ThrowsAnAuthenticationError', async () => {
  await assert.rejects(connect('ck_none').models.list(), OpenAI.AuthenticationError);
});
