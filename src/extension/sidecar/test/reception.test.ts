import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { dirname } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { createMessageConnection, type MessageConnection, StreamMessageReader, StreamMessageWriter } from 'vscode-jsonrpc/node';
import { PrivatePipe } from '../src/pipe';
import { createNonce, LaunchSecret } from '../src/proof';
import { type InitializeResult, methods } from '../src/protocol';
import { Reception } from '../src/reception';
import { eventually } from './support';

/** The sidecar's end of the handshake, written from docs/contract.md and not from `proof.ts`. */
const sign = (key: string, text: string) => createHmac('sha256', key).update(text).digest('base64url');

let secret: LaunchSecret;
let reception: Reception;
let pipe: PrivatePipe;
let sockets: Socket[];

beforeEach(async () => {
  secret = LaunchSecret.create();
  reception = new Reception(secret, { name: 'test', version: '1.0.0' }, { tools: true }, (connection) => {
    connection.onRequest(methods.secretsGet, () => ({ secret: 'sk-test' }));
  });
  pipe = await PrivatePipe.listen((socket) => reception.receive(socket));
  sockets = [];
});

afterEach(async () => {
  sockets.forEach((socket) => socket.destroy());
  reception.close();
  await pipe.close();
});

async function open(): Promise<{ socket: Socket; connection: MessageConnection; closed: Promise<unknown> }> {
  const socket = connect(pipe.path);
  socket.on('error', () => undefined);
  sockets.push(socket);
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  const connection = createMessageConnection(new StreamMessageReader(socket), new StreamMessageWriter(socket));
  connection.onError(() => undefined);
  connection.listen();
  return { socket, connection, closed };
}

/** Strangers who connect and say nothing. */
async function crowd(size: number): Promise<void> {
  for (let i = 0; i < size; i++) {
    await open();
  }
}

function initialize(connection: MessageConnection, nonce: string, version = 1): Promise<InitializeResult> {
  const params = { protocolVersion: version, sidecar: { name: 'aotsidecar', version: '1.2.3', pid: 4711 }, nonce };
  return connection.sendRequest(methods.initialize.method, params);
}

async function prove(connection: MessageConnection, key: string): Promise<InitializeResult> {
  const nonce = createNonce();
  const result = await initialize(connection, nonce);
  await connection.sendNotification(methods.initialized, { proof: sign(key, `aotsidecar/1 sidecar ${result.nonce} ${nonce}`), port: 49152 });
  return result;
}

const keyOf = (launchSecret: LaunchSecret) => (JSON.parse(launchSecret.toLaunchLine()) as { launchSecret: string }).launchSecret;

test('Reception_PeerWithTheSecret_IsTakenAndServed', async () => {
  const { connection } = await open();

  await prove(connection, keyOf(secret));
  const peer = await eventually('the proof', reception.proven);
  const reply = await connection.sendRequest(methods.secretsGet.method, { secretKeyId: 'k', environment: 'pro' });

  assert.deepEqual({ sidecar: peer.sidecar, port: peer.port }, { sidecar: { name: 'aotsidecar', version: '1.2.3', pid: 4711 }, port: 49152 });
  assert.deepEqual(reply, { secret: 'sk-test' });
});

test('Reception_Initialize_ProvesTheHostAsTheContractSays', async () => {
  const { connection } = await open();
  const nonce = createNonce();

  const result = await initialize(connection, nonce);

  assert.equal(result.proof, sign(keyOf(secret), `aotsidecar/1 host ${nonce} ${result.nonce}`));
  assert.deepEqual(result.capabilities, { tools: true });
});

test('Reception_WrongProof_CutsThePeerOff', async () => {
  const { connection, closed } = await open();

  await prove(connection, keyOf(LaunchSecret.create()));

  await eventually('the cut', closed);
});

test('Reception_SecretAskedForBeforeTheProof_CutsThePeerOffWithoutIt', async () => {
  const { connection, closed } = await open();
  await initialize(connection, createNonce());

  const asked = connection.sendRequest(methods.secretsGet.method, { secretKeyId: 'k', environment: 'pro' });
  asked.catch(() => undefined);

  await eventually('the cut', closed);
  connection.dispose();
  await assert.rejects(asked);
});

test('Reception_OtherProtocolVersion_IsRefused', async () => {
  const { connection, closed } = await open();

  await assert.rejects(initialize(connection, createNonce(), 2), /protocol version 1/);

  await eventually('the cut', closed);
});

test('Reception_ThreeSilentStrangersFirst_TheSidecarStillGetsThrough', async () => {
  const strangers = [await open(), await open(), await open()];
  const { connection } = await open();

  await prove(connection, keyOf(secret));

  await eventually('the proof', reception.proven);
  await eventually('the end of the strangers', Promise.all(strangers.map(({ closed }) => closed)));
});

test('Reception_StrangersKeepComing_TheSidecarStillGetsThrough', async () => {
  await crowd(300);
  const { connection } = await open();
  const nonce = createNonce();

  await crowd(200);
  const result = await initialize(connection, nonce);
  await crowd(200);
  const proof = sign(keyOf(secret), `aotsidecar/1 sidecar ${result.nonce} ${nonce}`);
  await connection.sendNotification(methods.initialized, { proof, port: 49152 });

  await eventually('the proof', reception.proven);
});

test('Reception_MorePeersThanItHolds_CutsOffTheOneThatIsSilentLongest', async () => {
  const first = await open();
  const second = await open();
  await initialize(first.connection, createNonce());

  await crowd(255);

  await eventually('the cut', second.closed);
  assert.equal(first.socket.destroyed, false);
});

test('Reception_PeerAfterTheProof_IsCutOff', async () => {
  const { connection } = await open();
  await prove(connection, keyOf(secret));
  await eventually('the proof', reception.proven);

  const { closed } = await open();

  await eventually('the cut', closed);
});

test('PrivatePipe_OnUnix_LiesInAFolderOfThisUserAloneAndLeavesNothing', { skip: process.platform === 'win32' }, async () => {
  const directory = dirname(pipe.path);

  const modes = [directory, pipe.path].map((path) => statSync(path).mode & 0o777);
  await pipe.close();

  assert.deepEqual(modes, [0o700, 0o600]);
  assert.equal(existsSync(directory), false);
});
