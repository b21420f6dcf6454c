import type { LogLevel } from '@aotsidecar/client';
import * as vscode from 'vscode';

const levels: Readonly<Record<vscode.LogLevel, LogLevel>> = {
  [vscode.LogLevel.Off]: 'none',
  [vscode.LogLevel.Trace]: 'trace',
  [vscode.LogLevel.Debug]: 'debug',
  [vscode.LogLevel.Info]: 'info',
  [vscode.LogLevel.Warning]: 'warn',
  [vscode.LogLevel.Error]: 'error',
};

/** One log channel for the extension and one for the sidecar; both follow the editor's level. */
export class Logs {
  readonly client = vscode.window.createOutputChannel('AotSidecar', { log: true });
  readonly sidecar = vscode.window.createOutputChannel('AotSidecar Server', { log: true });

  get sidecarLevel(): LogLevel {
    return levels[this.sidecar.logLevel];
  }

  onSidecarLevel(listener: (level: LogLevel) => void): vscode.Disposable {
    return this.sidecar.onDidChangeLogLevel((level) => listener(levels[level]));
  }

  /** Logs one line of the sidecar's stderr at its own level. */
  writeSidecarLine(line: string): void {
    const { level, text } = readLine(line);
    this.sidecar[level](text);
  }

  dispose(): void {
    this.client.dispose();
    this.sidecar.dispose();
  }
}

type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export function readLine(line: string): { readonly level: Level; readonly text: string } {
  try {
    const { level, category, message, exception } = JSON.parse(line) as Record<string, unknown>;
    const parts = [category === undefined ? [] : `[${String(category)}]`, message ?? line, exception ?? []].flat();
    return { level: isLevel(level) ? level : 'info', text: parts.map(String).join(' ') };
  } catch {
    return { level: 'info', text: line };
  }
}

function isLevel(level: unknown): level is Level {
  return typeof level === 'string' && ['trace', 'debug', 'info', 'warn', 'error'].includes(level);
}
