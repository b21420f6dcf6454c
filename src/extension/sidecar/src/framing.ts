import { Transform, type TransformCallback } from 'node:stream';

/** A header block of an honest peer is one `Content-Length` line of some 25 bytes; 1 KiB leaves room for a `Content-Type`. */
const maxHeaderBytes = 1024;
/** The bridge's own limit; the largest honest frame is a tool result of 64 KiB. */
const maxFrameBytes = 1024 * 1024;
/** Before its proof an honest peer sends two frames of about 200 bytes. */
const maxUnprovenBytes = 4096;
/** From the first byte of a frame to its last. */
const frameTimeoutMs = 5000;

/**
 * Checks the framing before vscode-jsonrpc sees it, because that package parses lengths leniently, buffers without limit
 * and waits for ever for a short body. Bytes pass through unchanged; a violation destroys the stream.
 *
 * A stranger may reach the pipe before anything is proven. Until `trust` is called, a peer may send a few KiB in all,
 * because even small frames would pile up in that package's queue.
 */
export class FrameGuard extends Transform {
  #header = '';
  #bodyLeft = 0;
  #deadline: NodeJS.Timeout | undefined;
  #allowance = maxUnprovenBytes;

  /** The peer has proven itself: from now on only the size of a frame is limited. */
  trust(): void {
    this.#allowance = Infinity;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    try {
      this.#inspect(chunk);
    } catch (error) {
      done(error as Error);
      return;
    }
    done(null, chunk);
  }

  override _flush(done: TransformCallback): void {
    this.#disarm();
    done();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#disarm();
    done(error);
  }

  #inspect(chunk: Buffer): void {
    this.#allowance -= chunk.length;
    if (this.#allowance < 0) {
      throw new Error('a peer on the bridge says too much before its proof');
    }
    let position = 0;
    while (position < chunk.length) {
      this.#arm();
      position = this.#bodyLeft > 0 ? this.#skipBody(chunk, position) : this.#readHeader(chunk, position);
    }
  }

  #skipBody(chunk: Buffer, position: number): number {
    const taken = Math.min(this.#bodyLeft, chunk.length - position);
    this.#bodyLeft -= taken;
    if (this.#bodyLeft === 0) {
      this.#disarm();
    }
    return position + taken;
  }

  #readHeader(chunk: Buffer, position: number): number {
    const room = maxHeaderBytes - this.#header.length;
    const piece = chunk.toString('latin1', position, Math.min(chunk.length, position + room));
    const before = this.#header.length;
    this.#header += piece;
    const end = this.#header.indexOf('\r\n\r\n');
    if (end < 0) {
      if (this.#header.length >= maxHeaderBytes) {
        throw new Error('a header block on the bridge is larger than 1 KiB');
      }
      return position + piece.length;
    }
    this.#bodyLeft = contentLength(this.#header.slice(0, end));
    this.#header = '';
    return position + end + 4 - before;
  }

  #arm(): void {
    this.#deadline ??= setTimeout(() => this.destroy(new Error('a frame on the bridge took over 5 s')), frameTimeoutMs);
    this.#deadline.unref();
  }

  #disarm(): void {
    clearTimeout(this.#deadline);
    this.#deadline = undefined;
  }
}

function contentLength(block: string): number {
  const lengths = block
    .split('\r\n')
    .map((line) => /^content-length:[ \t]*(.*?)[ \t]*$/i.exec(line)?.[1])
    .filter((value) => value !== undefined);
  const [text] = lengths;
  if (lengths.length !== 1 || text === undefined || !/^[0-9]{1,7}$/.test(text)) {
    throw new Error('a frame on the bridge has no plain Content-Length');
  }
  const length = Number(text);
  if (length === 0 || length > maxFrameBytes) {
    throw new Error('a frame on the bridge is empty or larger than 1 MiB');
  }
  return length;
}
