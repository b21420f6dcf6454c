import * as vscode from 'vscode';
import { readTextFile } from './readFile';
import { schema, text, type Tool, type Arguments } from './tool';
import { resolveInWorkspace, ToolError } from './workspacePath';

const maxFileBytes = 4 * 1024 * 1024;

export const applyEdit: Tool = {
  name: 'apply_edit',
  title: 'change a file',
  setting: 'applyEdit',
  changes: true,
  description: 'Replaces one passage of a file, or creates a file when old_text is empty. The old text must occur exactly once.',
  inputSchema: schema(
    {
      path: { type: 'string', description: 'relative to the workspace folder, with forward slashes' },
      old_text: { type: 'string', description: 'the passage as it stands; empty to create the file' },
      new_text: { type: 'string' },
    },
    ['path', 'old_text', 'new_text'],
  ),

  async describe(args) {
    const { path, change } = await plan(args);
    return change.old === ''
      ? [{ label: 'A new file', text: path }, { label: 'Its text', text: change.new }]
      : [{ label: 'The file', text: path }, { label: 'This text', text: change.old }, { label: 'becomes', text: change.new }];
  },

  async run(args) {
    const { path, uri, change } = await plan(args);
    const edit = new vscode.WorkspaceEdit();
    if (change.old === '') {
      edit.createFile(uri, { contents: new TextEncoder().encode(change.new) });
    } else {
      const document = await vscode.workspace.openTextDocument(uri);
      const at = document.getText().indexOf(change.old);
      edit.replace(uri, new vscode.Range(document.positionAt(at), document.positionAt(at + change.old.length)), change.new);
    }
    if (!(await vscode.workspace.applyEdit(edit))) {
      throw new ToolError('the editor did not apply the change');
    }
    await (await vscode.workspace.openTextDocument(uri)).save();
    return `${path} was changed`;
  },
};

async function plan(args: Arguments) {
  const path = text(args, 'path');
  const { uri, isProtected } = await resolveInWorkspace(path);
  if (isProtected) {
    throw new ToolError('files of the version control and the editor are not changed');
  }
  const change = { old: text(args, 'old_text'), new: text(args, 'new_text') };
  const content = await currentText(uri);
  if (change.old === '' ? content !== undefined : content?.split(change.old).length !== 2) {
    throw new ToolError(change.old === '' ? 'that file exists already' : 'old_text must occur exactly once in the file');
  }
  return { path, uri, change };
}

/** The text in the editor, which may be unsaved; undefined if there is no such file. */
async function currentText(uri: vscode.Uri): Promise<string | undefined> {
  try {
    await vscode.workspace.fs.stat(uri);
  } catch {
    return undefined;
  }
  if ((await readTextFile(uri, maxFileBytes)) === undefined) {
    throw new ToolError('that is not a text file of at most 4 MiB');
  }
  return (await vscode.workspace.openTextDocument(uri)).getText();
}
