import type { Readable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';

/** Longer lines are cut; the sidecar truncates its own values to 256 characters. */
const maxLineLength = 64 * 1024;

/**
 * Passes every line of a child's output to `onLine` and never stops reading, because a child whose pipe is full blocks.
 * The rest of an overlong line is dropped, and an exception of `onLine` does not stop the reading.
 */
export function drainLines(stream: Readable, onLine: (line: string) => void): void {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let overlong = false;

  const emit = (line: string) => {
    if (!overlong) {
      try {
        onLine(line);
      } catch {
        // A failing reader must not affect the child.
      }
    }
    overlong = false;
  };
  const take = (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach((line) => emit(line.endsWith('\r') ? line.slice(0, -1) : line));
    if (rest.length > maxLineLength) {
      emit(rest.slice(0, maxLineLength));
      overlong = true;
    }
    if (overlong) {
      rest = '';
    }
  };

  stream.on('data', (chunk: Buffer) => take(decoder.write(chunk)));
  stream.on('end', () => {
    if (rest !== '') {
      emit(rest);
    }
  });
  stream.on('error', () => undefined);
}
