import { EventEmitter } from 'node:events';
import { SidecarError } from './errors';
import { describeExit } from './process';
import type { Sidecar } from './sidecar';

export type SupervisorState =
  | { readonly kind: 'stopped' }
  | { readonly kind: 'starting' }
  | { readonly kind: 'ready'; readonly sidecar: Sidecar }
  | { readonly kind: 'waiting'; readonly error: SidecarError; readonly delayMs: number }
  | { readonly kind: 'failed'; readonly error: SidecarError };

export interface Clock {
  now(): number;
  delay(milliseconds: number, signal: AbortSignal): Promise<void>;
}

/** Where VS Code's own language clients give up. */
const crashLimit = 5;
const crashWindowMs = 3 * 60 * 1000;
/** The first restart follows almost at once, the fourth after 16 s; the fifth crash is final. */
const firstDelayMs = 250;
const delayFactor = 4;

/**
 * Keeps one sidecar running. An unexpected end and a failed start both count as crashes: each is followed by a restart
 * after a growing delay, until there were five in three minutes. A failure that would repeat is final at once.
 */
export class Supervisor {
  readonly #events = new EventEmitter<{ state: [SupervisorState] }>();
  #state: SupervisorState = { kind: 'stopped' };
  #crashes: number[] = [];
  #run: { readonly abort: AbortController; readonly done: Promise<void> } | undefined;

  constructor(
    private readonly launch: (signal: AbortSignal) => Promise<Sidecar>,
    private readonly clock: Clock = systemClock,
  ) {}

  get state(): SupervisorState {
    return this.#state;
  }

  onState(listener: (state: SupervisorState) => void): { dispose(): void } {
    this.#events.on('state', listener);
    return { dispose: () => this.#events.off('state', listener) };
  }

  /** Starts supervising. No effect while it runs; starts again after giving up. */
  start(): void {
    if (this.#state.kind !== 'stopped' && this.#state.kind !== 'failed') {
      return;
    }
    this.#crashes = [];
    this.#set({ kind: 'starting' });
    const abort = new AbortController();
    this.#run = { abort, done: this.#keepRunning(abort.signal) };
  }

  /**
   * The running sidecar, started if necessary. Waits through restarts; rejects once they are given up.
   * `gone` is a sidecar that the caller found dead before this class noticed: wait for its successor.
   */
  async sidecar(gone?: Sidecar): Promise<Sidecar> {
    if (this.#state.kind === 'stopped') {
      this.start();
    }
    return new Promise((resolve, reject) => {
      const settle = (state: SupervisorState) => {
        if (state.kind === 'starting' || state.kind === 'waiting' || (state.kind === 'ready' && state.sidecar === gone)) {
          return;
        }
        this.#events.off('state', settle);
        if (state.kind === 'ready') {
          resolve(state.sidecar);
        } else {
          reject(state.kind === 'failed' ? state.error : new SidecarError('not_running', 'the sidecar was stopped'));
        }
      };
      this.#events.on('state', settle);
      settle(this.#state);
    });
  }

  async stop(): Promise<void> {
    const run = this.#run;
    this.#run = undefined;
    run?.abort.abort(new SidecarError('not_running', 'the sidecar was stopped'));
    await run?.done;
    if (this.#run === undefined) {
      this.#set({ kind: 'stopped' });
    }
  }

  async restart(): Promise<Sidecar> {
    await this.stop();
    return this.sidecar();
  }

  async #keepRunning(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const error = await this.#runOnce(signal);
      if (signal.aborted) {
        return;
      }
      const delayMs = this.#recordCrash();
      if (error.permanent || delayMs === undefined) {
        this.#set({ kind: 'failed', error });
        return;
      }
      this.#set({ kind: 'waiting', error, delayMs });
      await this.clock.delay(delayMs, signal);
      if (!signal.aborted) {
        this.#set({ kind: 'starting' });
      }
    }
  }

  /** Launches a sidecar, waits for its end and returns the reason. */
  async #runOnce(signal: AbortSignal): Promise<SidecarError> {
    try {
      const sidecar = await this.launch(signal);
      const stop = () => void sidecar.stop();
      signal.addEventListener('abort', stop, { once: true });
      if (signal.aborted) {
        stop();
      } else {
        this.#set({ kind: 'ready', sidecar });
      }
      const exit = await sidecar.exited;
      signal.removeEventListener('abort', stop);
      return new SidecarError('exited', `the sidecar ended unexpectedly (${describeExit(exit)})`);
    } catch (error) {
      return error instanceof SidecarError
        ? error
        : new SidecarError('executable_unusable', 'the sidecar could not be started', { cause: error });
    }
  }

  /** Counts a crash. Returns the delay before the next start, or undefined after too many. */
  #recordCrash(): number | undefined {
    const now = this.clock.now();
    this.#crashes = [...this.#crashes.filter((at) => now - at < crashWindowMs), now];
    return this.#crashes.length < crashLimit ? firstDelayMs * delayFactor ** (this.#crashes.length - 1) : undefined;
  }

  #set(state: SupervisorState): void {
    this.#state = state;
    this.#events.emit('state', state);
  }
}

const systemClock: Clock = {
  // Monotonic, so that changes of the wall clock do not count as time.
  now: () => performance.now(),
  delay: (milliseconds, signal) =>
    new Promise((resolve) => {
      if (signal.aborted) {
        resolve();
        return;
      }
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener('abort', finish);
        resolve();
      };
      const timer = setTimeout(finish, milliseconds);
      signal.addEventListener('abort', finish, { once: true });
    }),
};
