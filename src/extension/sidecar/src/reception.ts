import type { Socket } from 'node:net';
import { pipeline } from 'node:stream';
import {
  createMessageConnection,
  type MessageConnection,
  NullLogger,
  ResponseError,
  StreamMessageReader,
  StreamMessageWriter,
} from 'vscode-jsonrpc/node';
import { FrameGuard } from './framing';
import { createNonce, isNonce, type LaunchSecret } from './proof';
import { type HostIdentity, type InitializeParams, type InitializeResult, methods, protocolVersion } from './protocol';

/** One sidecar connects. A stranger costs a socket and a few KiB, so many are tolerable. */
const maxPendingPeers = 256;
/** The sidecar gives the host as long. Generous for a busy machine: a silent stranger does no harm. */
const proofTimeoutMs = 5000;
/** JSON-RPC's "invalid request". */
const invalidRequest = -32600;

export interface ProvenPeer {
  readonly connection: MessageConnection;
  readonly sidecar: InitializeParams['sidecar'];
  /** The port the proven peer says it listens on. */
  readonly port: number;
}

/**
 * Accepts peers at the pipe until one has proven that it knows the launch secret.
 *
 * 1. A peer sends `initialize` with its nonce; the reply has our proof and our nonce.
 * 2. It sends `initialized` with its proof. Only then does `serve` register the other methods on its connection.
 * 3. The first proven peer is taken. The others are cut off, like any that breaks the order or takes too long.
 *
 * No connection is refused, because it could be the sidecar's. When there are too many, the one that has been silent
 * longest is closed; the sidecar speaks at once, so strangers cannot displace it.
 *
 * No tracer is attached to a connection: it would print the results, and with them the API key.
 */
export class Reception {
  readonly proven: Promise<ProvenPeer>;
  #accept!: (peer: ProvenPeer) => void;
  #taken = false;
  /** In order of their last message, longest silence first. */
  readonly #pending = new Set<Socket>();

  constructor(
    private readonly secret: LaunchSecret,
    private readonly host: HostIdentity,
    private readonly capabilities: InitializeResult['capabilities'],
    private readonly serve: (connection: MessageConnection) => void,
  ) {
    this.proven = new Promise((resolve) => (this.#accept = resolve));
  }

  receive(socket: Socket): void {
    socket.on('error', () => undefined);
    if (this.#taken) {
      socket.destroy();
      return;
    }
    this.#makeRoom();
    this.#pending.add(socket);
    const deadline = setTimeout(() => socket.destroy(), proofTimeoutMs);
    socket.once('close', () => {
      clearTimeout(deadline);
      this.#pending.delete(socket);
    });

    const { connection, guard } = connect(socket);
    this.#introduce(connection, socket, (peer) => {
      clearTimeout(deadline);
      guard.trust();
      this.#take(socket, peer);
    });
    connection.listen();
  }

  /** Cuts off all peers that have not proven themselves. */
  close(): void {
    this.#taken = true;
    this.#pending.forEach((socket) => socket.destroy());
  }

  #introduce(connection: MessageConnection, socket: Socket, onProven: (peer: ProvenPeer) => void): void {
    const hostNonce = createNonce();
    let introduced: InitializeParams | undefined;

    const outOfTurn = connection.onRequest(() => {
      socket.destroy();
      return new ResponseError(invalidRequest, 'not proven');
    });
    const initialize = connection.onRequest(methods.initialize, (params) => {
      if (introduced !== undefined || !isInitializeParams(params)) {
        // The deadline closes the connection; closing it here could overtake the reply.
        return new ResponseError<void>(invalidRequest, `protocol version ${protocolVersion} is spoken here, once`);
      }
      introduced = params;
      this.#moveToTheEnd(socket);
      return {
        protocolVersion,
        host: this.host,
        nonce: hostNonce,
        proof: this.secret.hostProof(params.nonce, hostNonce),
        capabilities: this.capabilities,
      };
    });
    const initialized = connection.onNotification(methods.initialized, (params) => {
      const accepted =
        introduced !== undefined &&
        typeof params?.proof === 'string' &&
        isPort(params.port) &&
        this.secret.acceptsSidecarProof(params.proof, introduced.nonce, hostNonce);
      if (!accepted || introduced === undefined || this.#taken) {
        socket.destroy();
        return;
      }
      [outOfTurn, initialize, initialized].forEach((handler) => handler.dispose());
      this.serve(connection);
      onProven({ connection, sidecar: introduced.sidecar, port: params.port });
    });
  }

  #makeRoom(): void {
    const [longestSilent] = this.#pending;
    if (this.#pending.size >= maxPendingPeers && longestSilent !== undefined) {
      this.#pending.delete(longestSilent);
      longestSilent.destroy();
    }
  }

  #moveToTheEnd(socket: Socket): void {
    if (this.#pending.delete(socket)) {
      this.#pending.add(socket);
    }
  }

  #take(socket: Socket, peer: ProvenPeer): void {
    this.#pending.delete(socket);
    this.close();
    this.#accept(peer);
  }
}

function connect(socket: Socket): { readonly connection: MessageConnection; readonly guard: FrameGuard } {
  const guard = new FrameGuard();
  const connection = createMessageConnection(new StreamMessageReader(guard), new StreamMessageWriter(socket), NullLogger);
  connection.onError(() => socket.destroy());
  pipeline(socket, guard, () => socket.destroy());
  return { connection, guard };
}

function isInitializeParams(params: Partial<InitializeParams> | undefined): params is InitializeParams {
  return (
    params?.protocolVersion === protocolVersion &&
    isNonce(params.nonce) &&
    typeof params.sidecar?.name === 'string' &&
    typeof params.sidecar.version === 'string' &&
    Number.isSafeInteger(params.sidecar.pid)
  );
}

function isPort(port: unknown): port is number {
  return Number.isInteger(port) && Number(port) > 0 && Number(port) < 65536;
}
