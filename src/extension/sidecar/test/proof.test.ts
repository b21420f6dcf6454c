import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { createNonce, isNonce, LaunchSecret } from '../src/proof';

const launchSecretOf = (secret: LaunchSecret) => (JSON.parse(secret.toLaunchLine()) as { launchSecret: string }).launchSecret;

test('LaunchSecret_Printed_ShowsNothing', () => {
  const secret = LaunchSecret.create();
  const value = launchSecretOf(secret);

  const printed = [String(secret), JSON.stringify(secret), inspect(secret, { depth: 9, showHidden: true })].join();

  assert.equal(printed.includes(value), false);
});

test('LaunchSecret_LaunchLine_IsOneLineWith43Characters', () => {
  const line = LaunchSecret.create().toLaunchLine();

  assert.match(line, /^\{"launchSecret":"[A-Za-z0-9_-]{43}"\}\n$/);
});

test('AcceptsSidecarProof_ProofOfAnotherSecret_IsRefused', () => {
  const [s, n] = [createNonce(), createNonce()];
  const stranger = LaunchSecret.create();

  // The host's own proof over swapped nonces is the nearest thing a stranger could send back.
  const echoed = stranger.hostProof(n, s);

  assert.equal(LaunchSecret.create().acceptsSidecarProof(echoed, s, n), false);
  assert.equal(stranger.acceptsSidecarProof(echoed, s, n), false);
  assert.equal(stranger.acceptsSidecarProof('', s, n), false);
});

test('IsNonce_AnythingButThirtyTwoBytes_IsRefused', () => {
  assert.equal(isNonce(createNonce()), true);
  assert.deepEqual([undefined, 5, '', 'a'.repeat(42), 'a'.repeat(44), `${'a'.repeat(42)}=`].map(isNonce), Array(6).fill(false));
});
