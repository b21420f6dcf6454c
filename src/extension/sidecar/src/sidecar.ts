import { Bridge } from './bridge';
import { SidecarError } from './errors';
import { proxyWithCredentials, type ServeFlags, serveArguments } from './flags';
import { capabilitiesOf, type HostServices, serveHost } from './handlers';
import { PrivatePipe } from './pipe';
import { type Exit, SidecarProcess } from './process';
import { LaunchSecret } from './proof';
import type { HostIdentity } from './protocol';
import { type ProvenPeer, Reception } from './reception';
import { checkVersion } from './version';
import { unlessAborted, within } from './wait';

export interface LaunchOptions {
  readonly executable: string;
  readonly host: HostIdentity;
  readonly services: HostServices;
  readonly flags?: ServeFlags;
  /** Every line the sidecar writes to stderr, one JSON object each; no secret is in them. */
  readonly onLogLine?: (line: string) => void;
  readonly minimumVersion?: string;
  readonly signal?: AbortSignal;
}

/** The sidecar itself allows 3 s for the pipe and 5 s for the proof; the rest is for a cold disk. */
const readyTimeoutMs = 20_000;
/** A live sidecar answers `shutdown` at once, before it waits for its streams. */
const answerTimeoutMs = 1000;
/** The sidecar gives running streams 3 s. */
const gentleTimeoutMs = 3500;
const terminateTimeoutMs = 1000;

/** One running, proven sidecar. */
export class Sidecar {
  readonly bridge: Bridge;
  readonly exited: Promise<Exit>;
  readonly port: number;
  readonly pid: number;
  #stopping: Promise<Exit> | undefined;

  private constructor(
    private readonly process: SidecarProcess,
    peer: ProvenPeer,
    readonly version: string,
  ) {
    this.bridge = new Bridge(peer.connection);
    this.exited = process.exited;
    this.port = peer.port;
    this.pid = peer.sidecar.pid;
    peer.connection.onClose(() => {
      // Rejects the pending calls; closing alone does not.
      peer.connection.dispose();
      // The sidecar ends with its bridge; this makes sure of it if it hangs.
      void this.stop();
    });
  }

  /** Starts the executable. Resolves once it listens and both ends have proven that they know the launch secret. */
  static async launch(options: LaunchOptions): Promise<Sidecar> {
    const { executable, host, services, signal, onLogLine = () => undefined, flags = {} } = options;
    await checkVersion(executable, options.minimumVersion);
    signal?.throwIfAborted();

    const secret = LaunchSecret.create();
    const reception = new Reception(secret, host, capabilitiesOf(services), (connection) => serveHost(connection, services));
    const pipe = await PrivatePipe.listen((socket) => reception.receive(socket));
    let child: SidecarProcess | undefined;
    try {
      child = SidecarProcess.spawn(executable, serveArguments(pipe.path, process.pid, flags), onLogLine);
      child.writeLaunchLine(secret.toLaunchLine(proxyWithCredentials(flags)));
      return await this.#meet(child, reception, signal);
    } catch (error) {
      child?.kill('SIGKILL');
      throw error;
    } finally {
      reception.close();
      await pipe.close();
    }
  }

  /** Ends the sidecar, gently first: `shutdown`, end of stdin, SIGTERM, SIGKILL. */
  stop(): Promise<Exit> {
    this.#stopping ??= this.#descend();
    return this.#stopping;
  }

  static async #meet(child: SidecarProcess, reception: Reception, signal: AbortSignal | undefined): Promise<Sidecar> {
    const both = await within(readyTimeoutMs, unlessAborted(signal, Promise.all([child.ready, reception.proven])));
    if (both === undefined) {
      throw new SidecarError('ready_timeout', `the sidecar was not ready in ${readyTimeoutMs / 1000} s: its log may say why`);
    }
    const [ready, peer] = both;
    if (peer.port !== ready.port || peer.sidecar.pid !== ready.pid) {
      throw new SidecarError('bridge_untrusted', 'the peer at the bridge is not the process that was started');
    }
    return new Sidecar(child, peer, ready.version);
  }

  async #descend(): Promise<Exit> {
    // Without an answer the bridge is closed or the sidecar hangs: go on to the next step at once.
    const answered = await within(answerTimeoutMs, this.bridge.shutdown().then(() => true).catch(() => false));
    const rungs = [
      { step: () => undefined, wait: answered ? gentleTimeoutMs : 0 },
      { step: () => this.process.endInput(), wait: gentleTimeoutMs },
      { step: () => this.process.kill('SIGTERM'), wait: terminateTimeoutMs },
    ];
    for (const { step, wait } of rungs) {
      step();
      const exit = await within(wait, this.exited);
      if (exit !== undefined) {
        return exit;
      }
    }
    this.process.kill('SIGKILL');
    return this.exited;
  }
}
