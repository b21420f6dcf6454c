import { realpath } from 'node:fs/promises';
import { isAbsolute, posix, relative, sep } from 'node:path';
import * as vscode from 'vscode';

/** What a tool refuses or cannot do, in words for the model; it never names a path outside the workspace. */
export class ToolError extends Error {}

/**
 * Turns a path that a model wrote into a file of the workspace, or refuses it. Paths are relative, with forward slashes;
 * in a workspace of several folders the first segment names the folder.
 *
 * Refused are absolute paths, `..` in any form, and links that lead out: the real path of the file, or of its nearest
 * existing folder, must lie in the real path of the workspace folder.
 */
export async function resolveInWorkspace(path: string): Promise<vscode.Uri> {
  const { folder, rest } = splitFolder(normalise(path));
  const uri = rest === '' ? folder.uri : vscode.Uri.joinPath(folder.uri, rest);
  if (uri.scheme === 'file' && !(await liesWithin(folder.uri.fsPath, uri.fsPath))) {
    throw new ToolError('that path leads out of the workspace');
  }
  return uri;
}

/** What the editor and its tools run from inside a workspace: to write there is to run code. */
export function isProtected(path: string): boolean {
  return normalise(path)
    .split('/')
    .some((segment) => ['.git', '.vscode', '.devcontainer', '.hg', '.svn'].includes(segment.toLowerCase().replace(/[. ]+$/, '')));
}

function normalise(path: string): string {
  const slashed = path.replaceAll('\\', '/');
  const outside = isAbsolute(path) || slashed.startsWith('/') || slashed.includes(':') || slashed.includes('\0');
  if (outside || slashed.split('/').includes('..')) {
    throw new ToolError('only paths within the workspace can be used');
  }
  const clean = posix.normalize(slashed === '' ? '.' : slashed).replace(/\/$/, '');
  return clean === '.' ? '' : clean;
}

function splitFolder(path: string): { folder: vscode.WorkspaceFolder; rest: string } {
  const folders = vscode.workspace.workspaceFolders ?? [];
  const [first] = folders;
  if (first === undefined) {
    throw new ToolError('no folder is open');
  }
  if (folders.length === 1) {
    return { folder: first, rest: path };
  }
  const [name, ...rest] = path.split('/');
  const folder = folders.find((candidate) => candidate.name === name);
  if (folder === undefined) {
    throw new ToolError(`begin the path with one of: ${folders.map((candidate) => candidate.name).join(', ')}`);
  }
  return { folder, rest: rest.join('/') };
}

async function liesWithin(root: string, path: string): Promise<boolean> {
  const inside = relative(await realpath(root), await nearestRealPath(path));
  return inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside);
}

async function nearestRealPath(path: string): Promise<string> {
  for (let current = path; ; ) {
    try {
      return await realpath(current);
    } catch (error) {
      const parent = vscode.Uri.joinPath(vscode.Uri.file(current), '..').fsPath;
      // A dangling link exists without a real path: what it would create lies somewhere else.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || parent === current || (await isLink(current))) {
        throw new ToolError('that path cannot be followed');
      }
      current = parent;
    }
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return ((await vscode.workspace.fs.stat(vscode.Uri.file(path))).type & vscode.FileType.SymbolicLink) !== 0;
  } catch {
    return false;
  }
}
