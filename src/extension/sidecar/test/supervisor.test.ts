import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SidecarError } from '../src/errors';
import type { Exit } from '../src/process';
import type { Sidecar } from '../src/sidecar';
import { type Clock, Supervisor, type SupervisorState } from '../src/supervisor';
import { eventually } from './support';

/** A clock whose delays pass at once and are written down. */
class FakeClock implements Clock {
  readonly delays: number[] = [];
  #now = 0;

  now(): number {
    return this.#now;
  }

  pass(milliseconds: number): void {
    this.#now += milliseconds;
  }

  delay(milliseconds: number): Promise<void> {
    this.delays.push(milliseconds);
    this.pass(milliseconds);
    return Promise.resolve();
  }
}

class FakeSidecar {
  end!: (exit: Exit) => void;
  readonly exited = new Promise<Exit>((resolve) => (this.end = resolve));
  stopped = false;

  stop(): Promise<Exit> {
    this.stopped = true;
    this.end({ code: 0, signal: null });
    return this.exited;
  }
}

function supervise(clock: Clock, launch: () => FakeSidecar) {
  const supervisor = new Supervisor(() => Promise.resolve().then(launch) as unknown as Promise<Sidecar>, clock);
  const reached = (kind: SupervisorState['kind']) =>
    eventually(
      `the state ${kind}`,
      new Promise<SupervisorState>((resolve) => {
        const settle = (state: SupervisorState) => state.kind === kind && resolve(state);
        supervisor.onState(settle);
        settle(supervisor.state);
      }),
    );
  return { supervisor, reached };
}

const crash: Exit = { code: null, signal: 'SIGKILL' };

test('Supervisor_SidecarCrashes_IsStartedAgain', async () => {
  const launched: FakeSidecar[] = [];
  const { supervisor } = supervise(new FakeClock(), () => (launched.push(new FakeSidecar()), launched.at(-1)!));
  await supervisor.sidecar();
  const again = new Promise<void>((resolve) => supervisor.onState((state) => state.kind === 'ready' && resolve()));

  launched[0]?.end(crash);
  await eventually('the restart', again);

  assert.equal(await supervisor.sidecar(), launched[1] as unknown);
  await supervisor.stop();
});

test('Supervisor_FiveCrashesInThreeMinutes_GivesUpWithTheLastError', async () => {
  const clock = new FakeClock();
  const { supervisor, reached } = supervise(clock, () => {
    throw new SidecarError('bridge_unavailable', 'no bridge');
  });

  supervisor.start();
  const state = await reached('failed');

  assert.deepEqual(clock.delays, [250, 1000, 4000, 16_000]);
  assert.equal(state.kind === 'failed' && state.error.code, 'bridge_unavailable');
  await assert.rejects(supervisor.sidecar(), /no bridge/);
});

test('Supervisor_CrashesFarApart_AreForgiven', async () => {
  const clock = new FakeClock();
  let launches = 0;
  const { supervisor, reached } = supervise(clock, () => {
    launches++;
    if (launches > 20) {
      throw new SidecarError('usage_error', 'enough');
    }
    const sidecar = new FakeSidecar();
    clock.pass(60_000);
    sidecar.end(crash);
    return sidecar;
  });

  supervisor.start();
  await reached('failed');

  assert.equal(launches, 21);
  assert.ok(clock.delays.every((delay) => delay <= 4000));
});

test('Supervisor_FailureThatWouldRepeat_IsFinalAtOnce', async () => {
  const clock = new FakeClock();
  const { supervisor, reached } = supervise(clock, () => {
    throw new SidecarError('version_unsupported', 'too old');
  });

  supervisor.start();
  await reached('failed');

  assert.deepEqual(clock.delays, []);
});

test('Supervisor_StartAfterGivingUp_BeginsAfresh', async () => {
  let broken = true;
  const sidecar = new FakeSidecar();
  const { supervisor, reached } = supervise(new FakeClock(), () => {
    if (broken) {
      throw new SidecarError('port_in_use', 'taken');
    }
    return sidecar;
  });
  supervisor.start();
  await reached('failed');

  broken = false;
  const restarted = await eventually('the restart', supervisor.restart());

  assert.equal(restarted, sidecar as unknown);
  await supervisor.stop();
});

test('Supervisor_Stop_StopsTheSidecarAndCountsNoCrash', async () => {
  const clock = new FakeClock();
  const sidecar = new FakeSidecar();
  const { supervisor } = supervise(clock, () => sidecar);
  await supervisor.sidecar();

  await supervisor.stop();

  assert.equal(sidecar.stopped, true);
  assert.equal(supervisor.state.kind, 'stopped');
  assert.deepEqual(clock.delays, []);
});

test('Supervisor_StopWhileWaiting_StartsNothingMore', async () => {
  let launches = 0;
  const waiting = new Supervisor(
    () => {
      launches++;
      return Promise.reject(new SidecarError('exited', 'crash'));
    },
    { now: () => 0, delay: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())) },
  );
  waiting.start();
  await eventually('the wait', new Promise<void>((resolve) => waiting.onState((state) => state.kind === 'waiting' && resolve())));

  await eventually('the stop', waiting.stop());

  assert.equal(launches, 1);
  assert.equal(waiting.state.kind, 'stopped');
});
