import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../src/protocol';
import { SessionKeeper } from '../src/sessions';

class Issuer {
  minted = 0;
  lifetime = 600;

  createSession(): Promise<Session> {
    this.minted++;
    return Promise.resolve({
      id: `cksess_${this.minted}`,
      clientSecret: `ck_${this.minted}`,
      expiresAt: 0,
      expiresIn: this.lifetime,
      status: 'active',
      user: 'local',
    });
  }
}

function keep(issuer: () => Issuer, clock = { now: 0 }) {
  return new SessionKeeper(
    () => Promise.resolve(issuer()),
    () => ({ secretKeyId: 'k' }),
    () => clock.now,
  );
}

test('SessionKeeper_AskedAtOnceByMany_MintsOnce', async () => {
  const issuer = new Issuer();
  const keeper = keep(() => issuer);

  const sessions = await Promise.all([keeper.session(), keeper.session(), keeper.session()]);

  assert.equal(issuer.minted, 1);
  assert.deepEqual(sessions.map(({ clientSecret }) => clientSecret), ['ck_1', 'ck_1', 'ck_1']);
});

test('SessionKeeper_RefusedToken_IsRenewedOnceHoweverManyReportIt', async () => {
  const issuer = new Issuer();
  const keeper = keep(() => issuer);
  await keeper.session();

  await Promise.all([keeper.session('ck_1'), keeper.session('ck_1')]);
  const late = await keeper.session('ck_1');

  assert.equal(late.clientSecret, 'ck_2');
  assert.equal(issuer.minted, 2);
});

test('SessionKeeper_NearItsEnd_IsRenewed', async () => {
  const clock = { now: 0 };
  const issuer = new Issuer();
  const keeper = keep(() => issuer, clock);
  await keeper.session();

  clock.now = 569_999;
  const before = await keeper.session();
  clock.now = 570_000;
  const after = await keeper.session();

  assert.deepEqual([before.clientSecret, after.clientSecret], ['ck_1', 'ck_2']);
});

test('SessionKeeper_LifetimeShorterThanTheMargin_IsUsedForHalfOfIt', async () => {
  const clock = { now: 0 };
  const issuer = new Issuer();
  issuer.lifetime = 10;
  const keeper = keep(() => issuer, clock);
  await keeper.session();

  clock.now = 4999;

  assert.equal((await keeper.session()).clientSecret, 'ck_1');
});

test('SessionKeeper_NewSidecar_GetsANewSession', async () => {
  const [first, second] = [new Issuer(), new Issuer()];
  let current = first;
  const keeper = keep(() => current);
  await keeper.session();

  current = second;
  await keeper.session();

  assert.deepEqual([first.minted, second.minted], [1, 1]);
});

test('SessionKeeper_ForgottenWhileMinting_DoesNotKeepTheOldAnswer', async () => {
  const issuer = new Issuer();
  const keeper = keep(() => issuer);
  const minting = keeper.session();
  await Promise.resolve();

  keeper.forget();
  await minting;
  keeper.forget();

  assert.equal((await keeper.session()).clientSecret, 'ck_2');
});
