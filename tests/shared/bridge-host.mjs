// The extension host's end of the bridge, as small as it can be: it proves itself and gives out keys.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Cuts what arrives into messages: each has a header block with its length. */
function* takeMessages(buffered) {
  for (;;) {
    const end = buffered.bytes.indexOf('\r\n\r\n');
    const length = end < 0 ? NaN : Number(/^Content-Length: (\d+)$/im.exec(buffered.bytes.toString('latin1', 0, end))[1]);
    if (!(buffered.bytes.length >= end + 4 + length)) {
      return;
    }
    const body = buffered.bytes.subarray(end + 4, end + 4 + length);
    buffered.bytes = buffered.bytes.subarray(end + 4 + length);
    yield JSON.parse(body.toString());
  }
}

/** The host's `secrets` is a Map of key id to the answer of secrets/get; `given` counts the answers. */
export async function listen(launchSecret) {
  const secrets = new Map();
  let given = 0;
  const sign = text => createHmac('sha256', launchSecret).update(text).digest();
  // Nobody but this user may enter: mkdtemp makes the folder with mode 0700.
  const folder = mkdtempSync(join(tmpdir(), 'aot-'));
  const path = process.platform === 'win32' ? `\\\\.\\pipe\\${randomBytes(16).toString('hex')}` : join(folder, 'b');

  const server = createServer(socket => {
    const nonce = randomBytes(32).toString('base64url');
    const buffered = { bytes: Buffer.alloc(0) };
    let theirs;
    let proven = false;
    const send = message => {
      const body = Buffer.from(JSON.stringify({ jsonrpc: '2.0', ...message }));
      socket.write(Buffer.concat([Buffer.from(`Content-Length: ${body.length}\r\n\r\n`), body]));
    };
    const handle = {
      initialize({ id, params }) {
        theirs = params.nonce;
        const proof = sign(`aotsidecar/1 host ${theirs} ${nonce}`).toString('base64url');
        send({ id, result: { protocolVersion: 1, host: { name: 'tests', version: '1.0.0' }, nonce, proof } });
      },
      initialized({ params }) {
        proven = timingSafeEqual(Buffer.from(params.proof, 'base64url'), sign(`aotsidecar/1 sidecar ${nonce} ${theirs}`));
      },
      'secrets/get'({ id, params }) {
        const found = proven && secrets.get(params.secretKeyId);
        given += found ? 1 : 0;
        send(found ? { id, result: found } : { id, error: { code: -32001, message: 'not found' } });
      },
    };
    socket.on('error', () => {});
    socket.on('data', bytes => {
      buffered.bytes = Buffer.concat([buffered.bytes, bytes]);
      for (const message of takeMessages(buffered)) {
        if (handle[message.method]) {
          handle[message.method](message);
        } else if (message.method && message.id !== undefined) {
          send({ id: message.id, error: { code: -32601, message: 'unknown method' } });
        }
      }
    });
  });
  await new Promise((resolve, reject) => server.once('error', reject).listen(path, resolve));
  return {
    path,
    secrets,
    get given() { return given; },
    stop() {
      server.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
