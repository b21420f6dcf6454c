import { randomBytes } from 'node:crypto';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SidecarError } from './errors';

/** Below the shortest limit, macOS's 104 bytes with the final zero. */
const maxPathBytes = 99;

/** A listening pipe that only this user can reach, gone from disk when it is closed. */
export class PrivatePipe {
  private constructor(
    /** The value of `--bridge`. */
    readonly path: string,
    private readonly server: Server,
    private readonly directory: string | undefined,
  ) {}

  static async listen(onPeer: (socket: Socket) => void): Promise<PrivatePipe> {
    const server = createServer(onPeer);
    if (process.platform === 'win32') {
      // By default everyone may open a Windows pipe for reading: the name must not be guessable, and the proof decides.
      const path = `\\\\.\\pipe\\aotsidecar-${randomBytes(16).toString('hex')}`;
      await listen(server, path);
      return new PrivatePipe(path, server, undefined);
    }

    const directory = await createPrivateDirectory();
    try {
      const path = join(directory, 's');
      await listen(server, path);
      await chmod(path, 0o600);
      return new PrivatePipe(path, server, directory);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      throw error;
    }
  }

  /** Accepts no further peers; connected ones stay. */
  async close(): Promise<void> {
    this.server.close();
    if (this.directory !== undefined) {
      await rm(this.directory, { recursive: true, force: true });
    }
  }
}

async function createPrivateDirectory(): Promise<string> {
  let lastError: unknown;
  for (const base of [process.env['XDG_RUNTIME_DIR'], tmpdir(), '/tmp']) {
    if (!base?.startsWith('/') || Buffer.byteLength(join(base, 'aot-XXXXXX', 's')) > maxPathBytes) {
      continue;
    }
    try {
      return await createIn(base);
    } catch (error) {
      lastError = error;
    }
  }
  throw new SidecarError('pipe_failed', 'no private folder for the bridge: set XDG_RUNTIME_DIR to a folder of yours with a short path', {
    cause: lastError,
  });
}

async function createIn(base: string): Promise<string> {
  const directory = await mkdtemp(join(base, 'aot-'));
  const { mode, uid } = await stat(directory);
  // mkdtemp asks for 0700, but file systems without modes or with inherited ACLs ignore that.
  if ((mode & 0o077) !== 0 || uid !== process.getuid?.()) {
    await rm(directory, { recursive: true, force: true });
    throw new SidecarError('pipe_failed', `${base} does not keep a folder private`);
  }
  return directory;
}

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      // A failed accept concerns one peer; a dead listener runs into the deadline of the start.
      server.on('error', () => undefined);
      resolve();
    });
  });
}
