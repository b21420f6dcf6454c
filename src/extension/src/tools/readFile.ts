import * as vscode from 'vscode';
import { count, schema, text, type Tool } from './tool';
import { resolveInWorkspace, ToolError } from './workspacePath';

/** Larger files are not for a model to read. */
const maxFileBytes = 4 * 1024 * 1024;
const maxLines = 2000;

export async function readTextFile(uri: vscode.Uri, maxBytes: number): Promise<string | undefined> {
  const { size, type } = await vscode.workspace.fs.stat(uri);
  if ((type & vscode.FileType.File) === 0 || size > maxBytes) {
    return undefined;
  }
  const bytes = await vscode.workspace.fs.readFile(uri);
  // Like git: a zero byte near the start means binary.
  return bytes.subarray(0, 8000).includes(0) ? undefined : new TextDecoder().decode(bytes);
}

export const readFile: Tool = {
  name: 'read_file',
  title: 'read a file',
  setting: 'readFile',
  changes: false,
  description: 'Reads a text file of the workspace, with line numbers.',
  inputSchema: schema(
    {
      path: { type: 'string', description: 'relative to the workspace folder, with forward slashes' },
      first_line: { type: 'integer', minimum: 1, description: 'default 1' },
      lines: { type: 'integer', minimum: 1, maximum: maxLines, description: `default and most ${maxLines}` },
    },
    ['path'],
  ),

  async describe(args) {
    const path = text(args, 'path');
    await resolveInWorkspace(path);
    return [{ label: 'The file', text: path }];
  },

  async run(args) {
    const { uri } = await resolveInWorkspace(text(args, 'path'));
    const content = await readTextFile(uri, maxFileBytes);
    if (content === undefined) {
      throw new ToolError('that is not a text file of at most 4 MiB');
    }
    const first = count(args, 'first_line', 1, Number.MAX_SAFE_INTEGER);
    const lines = content.split(/\r?\n/).slice(first - 1, first - 1 + count(args, 'lines', maxLines, maxLines));
    return lines.map((line, index) => `${first + index}\t${line}`).join('\n');
  },
};
