import * as vscode from 'vscode';
import { schema, text, type Tool } from './tool';
import { resolveInWorkspace } from './workspacePath';

const maxEntries = 1000;

export const listFiles: Tool = {
  name: 'list_files',
  title: 'list a folder',
  setting: 'listFiles',
  changes: false,
  description: 'Lists a folder of the workspace; folders end with a slash.',
  inputSchema: schema({ path: { type: 'string', description: 'relative to the workspace folder; empty for the folder itself' } }, []),

  async describe(args) {
    const path = text(args, 'path', '');
    await resolveInWorkspace(path);
    return [{ label: 'The folder', text: path === '' ? '.' : path }];
  },

  async run(args) {
    const { uri } = await resolveInWorkspace(text(args, 'path', ''));
    const entries = await vscode.workspace.fs.readDirectory(uri);
    const names = entries.map(([name, type]) => ((type & vscode.FileType.Directory) === 0 ? name : `${name}/`)).sort();
    const rest = names.length - maxEntries;
    return [...names.slice(0, maxEntries), ...(rest > 0 ? [`… and ${rest} more`] : [])].join('\n');
  },
};
