// An extension host as an extension would write it: vscode-jsonrpc on a private pipe, nothing of the sidecar's own code.
//
// The test drives it by JSON lines. stdin, first line: the configuration
//   {spawn?: {executable, arguments, shareErrors}, capabilities, secrets, tools, toolPages, toolResults, held, actions}
//   toolPages: {"": a result of tools/list, "<cursor>": its next page}; held: tools that answer when released or cancelled
// later lines: {id, call|notify|set|release|close|closeInput|spawnAgain, …}, each answered by {id, result} or {id, error}.
// stdout: {event: "listening" | "spawned" | "announced" | "proven" | "called" | "cancelled" | "closed" | "exited", …}.

import { spawn } from 'node:child_process';
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, parse } from 'node:path';
import { createInterface } from 'node:readline';
import {
  createMessageConnection, ResponseError, SocketMessageReader, SocketMessageWriter,
} from 'vscode-jsonrpc/node';

const folder = process.platform === 'win32' ? null : mkdtempSync(join(tmpdir(), 'aot-'));
const pipe = folder ? join(folder, 'b') : `\\\\.\\pipe\\aotsidecar-test-${randomBytes(16).toString('hex')}`;
const launchSecret = randomBytes(32).toString('base64url');
const lines = createInterface({ input: process.stdin });
let configuration;
let connection;
let sidecar;
const releases = new Map();

const say = (message) => process.stdout.write(JSON.stringify(message) + '\n');
const sign = (text) => createHmac('sha256', launchSecret).update(text).digest();
const pause = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

function refuseUntilProven(state) {
  if (!state.proven) {
    throw new ResponseError(-32600, 'prove who you are first');
  }
}

async function giveSecret({ secretKeyId }) {
  const entry = configuration.secrets?.[secretKeyId];
  await pause(entry?.delay ?? 0);
  if (!entry || entry.error) {
    throw new ResponseError(entry?.error?.code ?? -32001, entry?.error?.message ?? 'no such secret');
  }
  return entry.result;
}

async function callTool({ name }, token) {
  if (configuration.held?.includes(name)) {
    await new Promise((resolve) => {
      releases.set(name, resolve);
      token.onCancellationRequested(resolve);
    });
  }
  if (token.isCancellationRequested) {
    say({ event: 'cancelled', method: 'tools/call', name });
    throw new ResponseError(-32800, 'cancelled');
  }
  const result = configuration.toolResults?.[name];
  if (result?.throws) {
    throw new ResponseError(result.throws, 'refused by the test host');
  }
  return result ?? { content: [{ type: 'text', text: `no result for ${name}` }], isError: true };
}

function serve(socket) {
  const state = { proven: false };
  const peer = createMessageConnection(new SocketMessageReader(socket), new SocketMessageWriter(socket));
  const on = (method, answer) => peer.onRequest(method, async (params, token) => {
    refuseUntilProven(state);
    say({ event: 'called', method, params });
    return answer(params, token);
  });

  peer.onRequest('initialize', (params) => {
    say({ event: 'called', method: 'initialize', params });
    state.theirs = params.nonce;
    state.ours = randomBytes(32).toString('base64url');
    return {
      protocolVersion: 1,
      host: { name: 'test-host', version: '1.0.0' },
      nonce: state.ours,
      proof: sign(`aotsidecar/1 host ${state.theirs} ${state.ours}`).toString('base64url'),
      capabilities: configuration.capabilities ?? {},
    };
  });
  peer.onNotification('initialized', (params) => {
    const expected = sign(`aotsidecar/1 sidecar ${state.ours} ${state.theirs}`);
    const given = Buffer.from(params.proof ?? '', 'base64url');
    state.proven = given.length === expected.length && timingSafeEqual(given, expected);
    if (!state.proven) {
      socket.destroy();
      return;
    }
    connection = peer;
    say({ event: 'proven', port: params.port });
  });
  on('secrets/get', giveSecret);
  on('tools/list', ({ cursor }) => configuration.toolPages?.[cursor ?? ''] ?? { tools: configuration.tools ?? [] });
  on('tools/call', callTool);
  on('actions/invoke', (params) => configuration.actions?.[params.action.type] ?? {});
  peer.onNotification('feedback/submit', (params) => say({ event: 'called', method: 'feedback/submit', params }));
  peer.onClose(() => say({ event: 'closed' }));
  peer.onError(() => {}); // a broken connection also closes
  peer.listen();
}

function start() {
  const { executable, arguments: given, shareErrors } = configuration.spawn;
  sidecar = spawn(executable, ['serve', '--bridge', pipe, ...given], {
    cwd: parse(process.cwd()).root, env: {}, stdio: ['pipe', 'pipe', shareErrors ? 'inherit' : 'pipe'],
  });
  const child = sidecar;
  say({ event: 'spawned', pid: child.pid });
  child.stdin.on('error', () => {}); // the child may have ended before it read the line
  child.stdin.write(JSON.stringify({ launchSecret }) + '\n');
  createInterface({ input: child.stdout }).on('line', (line) => say({ event: 'announced', line: JSON.parse(line) }));
  child.stderr?.on('data', (bytes) => process.stderr.write(bytes));
  child.on('exit', (code, signal) => say({ event: 'exited', code, signal }));
}

const commands = {
  call: ({ call, params }) => connection.sendRequest(call, params),
  notify: ({ notify, params }) => connection.sendNotification(notify, params),
  set: ({ set }) => void Object.assign(configuration, set),
  release: ({ release }) => void releases.get(release)(),
  close: () => connection.end(),
  closeInput: () => void sidecar.stdin.end(),
  spawnAgain: () => start(),
};

async function obey(command) {
  const name = Object.keys(commands).find((key) => key in command);
  try {
    say({ id: command.id, result: await commands[name](command) ?? null });
  } catch (error) {
    say({ id: command.id, error: { code: error.code ?? null, message: String(error.message) } });
  }
}

lines.on('line', (line) => {
  const message = JSON.parse(line);
  if (configuration) {
    obey(message);
    return;
  }
  configuration = message;
  const server = createServer(serve);
  server.listen(pipe, () => {
    say({ event: 'listening', folder, launchSecret });
    if (configuration.spawn) {
      start();
    }
  });
});
lines.on('close', () => {
  if (folder) {
    rmSync(folder, { recursive: true, force: true });
  }
  process.exit(0);
});
