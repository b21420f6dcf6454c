import type { HostTool } from '@aotsidecar/client';
import { ToolError } from './workspacePath';

/** Bound on a tool's result, well below a bridge frame's 1 MiB. */
export const maxOutputLength = 64 * 1024;

export type Arguments = Readonly<Record<string, unknown>>;

/** One thing that a person must see to decide; `text` is whole, whatever its length. */
export interface Detail {
  readonly label: string;
  readonly text: string;
}

export interface Tool extends HostTool {
  /** The name of its setting, `aotsidecar.tools.<setting>`. */
  readonly setting: string;
  /** Shown in the question whether it may run. */
  readonly title: string;
  /** Whether it changes the workspace or runs something in it; never in an untrusted workspace. */
  readonly changes: boolean;
  /** What exactly would happen; refuses what would not be allowed anyway, so that nobody is asked about it. */
  describe(args: Arguments): Promise<readonly Detail[]>;
  run(args: Arguments, signal: AbortSignal): Promise<string>;
}

export function text(args: Arguments, name: string, fallback?: string): string {
  const value = args[name] ?? fallback;
  if (typeof value !== 'string') {
    throw new ToolError(`${name} must be a string`);
  }
  return value;
}

export function count(args: Arguments, name: string, fallback: number, most: number): number {
  const value = args[name] ?? fallback;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new ToolError(`${name} must be a whole number above 0`);
  }
  return Math.min(value, most);
}

export function bounded(output: string): string {
  return output.length <= maxOutputLength ? output : `${output.slice(0, maxOutputLength)}\n… cut after ${maxOutputLength} characters`;
}

export function schema(properties: Readonly<Record<string, unknown>>, required: readonly string[]): Readonly<Record<string, unknown>> {
  return { type: 'object', properties, required, additionalProperties: false };
}
