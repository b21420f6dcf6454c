import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, test } from 'node:test';
import { setTimeout as after } from 'node:timers/promises';
import { SecretRefusal } from '../src/handlers';
import type { SecretRequest } from '../src/protocol';
import { type LaunchOptions, Sidecar } from '../src/sidecar';
import { Supervisor } from '../src/supervisor';
import { checkVersion } from '../src/version';
import { eventually, publishedExecutable } from './support';

const executable = publishedExecutable();
const running: Sidecar[] = [];

afterEach(async () => {
  await Promise.all(running.splice(0).map((sidecar) => sidecar.stop()));
});

function launchOptions(options: Partial<LaunchOptions> = {}): LaunchOptions {
  const services = { getSecret: () => Promise.resolve({ secret: 'sk-test-0123456789' }) };
  return { executable, host: { name: 'client tests', version: '1.0.0' }, services, ...options };
}

async function launch(options: Partial<LaunchOptions> = {}): Promise<Sidecar> {
  const sidecar = await eventually('the start', Sidecar.launch(launchOptions(options)));
  running.push(sidecar);
  return sidecar;
}

function listThreads(sidecar: Sidecar, token: string): Promise<Response> {
  return fetch(`http://127.0.0.1:${sidecar.port}/chatkit`, {
    method: 'POST',
    headers: { 'Authorization': `Bearer ${token}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ type: 'threads.list', params: {} }),
  });
}

test('CheckVersion_PublishedExecutable_AnswersAndIsNewEnough', async () => {
  assert.match(await checkVersion(executable), /^\d+\.\d+\.\d+$/);
  await assert.rejects(checkVersion(executable, '999.0.0'), { code: 'version_unsupported' });
});

test('CheckVersion_AnotherProgram_IsRefused', async () => {
  await assert.rejects(checkVersion(process.execPath), { code: 'executable_unusable' });
});

test('Launch_PublishedExecutable_ListensAndIsProven', async () => {
  const sidecar = await launch();

  const health = await fetch(`http://127.0.0.1:${sidecar.port}/health`);

  assert.deepEqual(await health.json(), { status: 'ok' });
});

test('CreateSession_WithAKey_GivesATokenThatOpensTheSidecar', async () => {
  const asked: SecretRequest[] = [];
  const sidecar = await launch({
    services: {
      getSecret: (request) => {
        asked.push(request);
        return Promise.resolve({ secret: 'sk-test-0123456789' });
      },
    },
  });

  const session = await sidecar.bridge.createSession({ secretKeyId: 'openai-main', environment: 'dev' });
  const reply = await listThreads(sidecar, session.clientSecret);

  assert.equal(reply.status, 200);
  assert.equal(session.expiresIn, 600);
  assert.deepEqual(asked, [{ secretKeyId: 'openai-main', environment: 'dev' }]);
});

for (const [reason, code] of [['notFound', 'secret_not_found'], ['denied', 'secret_denied'], ['locked', 'secret_locked']] as const) {
  test(`CreateSession_Secret${reason}_IsRefusedAs_${code}`, async () => {
    const sidecar = await launch({ services: { getSecret: () => Promise.reject(new SecretRefusal(reason)) } });

    await assert.rejects(sidecar.bridge.createSession({ secretKeyId: 'openai-main' }), { code });
  });
}

test('CreateSession_HostThrows_TellsNothingOfIt', async () => {
  const sidecar = await launch({ services: { getSecret: () => Promise.reject(new Error('sk-leak at /home/me')) } });

  await assert.rejects(sidecar.bridge.createSession({ secretKeyId: 'openai-main' }), (error: Error) => !/sk-leak|home/.test(error.message));
});

test('SecretChanged_LiveSession_IsRevoked', async () => {
  const sidecar = await launch();
  const session = await sidecar.bridge.createSession({ secretKeyId: 'openai-main' });

  await sidecar.bridge.secretChanged('openai-main');
  // A later request on the same connection is answered after the notification was handled.
  await sidecar.bridge.setLogLevel('info');
  const reply = await listThreads(sidecar, session.clientSecret);

  assert.equal(reply.status, 401);
});

test('RevokeSessions_OfAKey_CountsThem', async () => {
  const sidecar = await launch();
  await sidecar.bridge.createSession({ secretKeyId: 'openai-main' });
  await sidecar.bridge.createSession({ secretKeyId: 'openai-main' });

  assert.equal(await sidecar.bridge.revokeSessions({ secretKeyId: 'openai-main' }), 2);
});

test('AllowAccess_ForwardedOriginAndHost_IsAnswered', async () => {
  const sidecar = await launch();

  await sidecar.bridge.allowAccess({ origins: ['https://editor.example'], hosts: ['editor.example:8443'] });
});

test('Launch_FlagTheSidecarRefuses_FailsForGoodWithItsReason', async () => {
  const launched = Sidecar.launch(launchOptions({ flags: { model: '' } }));

  await assert.rejects(eventually('the refusal', launched), { code: 'usage_error', permanent: true });
});

test('Launch_Aborted_LeavesNoProcess', async () => {
  const abort = new AbortController();
  const launched = Sidecar.launch(launchOptions({ signal: abort.signal }));

  abort.abort(new Error('changed my mind'));

  await assert.rejects(eventually('the end', launched), /changed my mind/);
});

test('Stop_RunningSidecar_EndsItWithZero', async () => {
  const sidecar = await launch();

  const exit = await eventually('the end', sidecar.stop());

  assert.deepEqual(exit, { code: 0, signal: null });
  await assert.rejects(sidecar.bridge.createSession({ secretKeyId: 'openai-main' }), { code: 'not_running' });
});

test('Supervisor_SidecarKilled_IsReplacedByAnother', async (t) => {
  const supervisor = new Supervisor((signal) => Sidecar.launch(launchOptions({ signal })));
  t.after(() => supervisor.stop());
  const first = await eventually('the start', supervisor.sidecar());

  process.kill(first.pid, 'SIGKILL');
  await eventually('the crash', first.exited);
  const second = await eventually('the restart', supervisor.sidecar());

  assert.notEqual(second.pid, first.pid);
  assert.equal((await fetch(`http://127.0.0.1:${second.port}/health`)).status, 200);
});

test('Launch_HostKilled_TheSidecarIsGoneWithinFiveSeconds', async () => {
  const host = fork(require.resolve('./host'), [executable]);
  const [pid] = (await eventually('the start', once(host, 'message'))) as [number];

  host.kill('SIGKILL');

  // Not our child, so no event tells of its end.
  const deadline = performance.now() + 5000;
  while (isAlive(pid) && performance.now() < deadline) {
    await after(50);
  }
  assert.equal(isAlive(pid), false);
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
