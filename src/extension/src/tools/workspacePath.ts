import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, posix, relative, sep } from 'node:path';
import * as vscode from 'vscode';

/** A refusal or failure of a tool, in words for the model. Never names a path outside the workspace. */
export class ToolError extends Error {}

export interface WorkspaceFile {
  readonly uri: vscode.Uri;
  /** Folders from which the editor and its tools run code: writing there means running code. */
  readonly isProtected: boolean;
}

/**
 * Turns a path that a model wrote into a file of the workspace, or refuses it. Paths are relative, with forward slashes;
 * in a workspace of several folders the first segment names the folder.
 *
 * Refused are absolute paths, `..` in any form, and links that lead out: the real path of the file, or of its nearest
 * existing folder, must lie in the real path of the workspace folder. A link to a protected folder is protected, too.
 */
export async function resolveInWorkspace(path: string): Promise<WorkspaceFile> {
  const { folder, rest } = splitFolder(normalise(path));
  const uri = rest === '' ? folder.uri : vscode.Uri.joinPath(folder.uri, rest);
  if (uri.scheme !== 'file') {
    return { uri, isProtected: hasProtectedSegment(rest) };
  }
  const real = relative(await realpath(folder.uri.fsPath), await realPathOf(uri.fsPath));
  if (real === '..' || real.startsWith(`..${sep}`) || isAbsolute(real)) {
    throw new ToolError('that path leads out of the workspace');
  }
  return { uri, isProtected: hasProtectedSegment(rest) || hasProtectedSegment(real) };
}

function hasProtectedSegment(path: string): boolean {
  // Windows ignores trailing dots and blanks, and takes `GIT~1` for `.git`.
  const plain = (segment: string) => segment.toLowerCase().replace(/[. ]+$/, '');
  return path.split(/[\\/]/).some((segment) => /^(\.git|git~\d+|\.vscode|\.devcontainer|\.hg|\.svn)$/.test(plain(segment)));
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

interface NamedFolder {
  readonly label: string;
  readonly folder: vscode.WorkspaceFolder;
}

/** The folders by the first segment of a path in them; a second one of the same name has a number. */
function namedFolders(): readonly NamedFolder[] {
  const folders = vscode.workspace.workspaceFolders ?? [];
  return folders.map((folder, index) => {
    const same = folders.slice(0, index).filter(({ name }) => name === folder.name).length;
    return { label: same === 0 ? folder.name : `${folder.name} (${same + 1})`, folder };
  });
}

/** The path by which a tool reaches a file of the workspace. */
export function pathOf(uri: vscode.Uri): string {
  const folders = namedFolders();
  const owner = vscode.workspace.getWorkspaceFolder(uri);
  const label = folders.find(({ folder }) => folder.index === owner?.index)?.label;
  const path = vscode.workspace.asRelativePath(uri, false);
  return folders.length > 1 && label !== undefined ? `${label}/${path}` : path;
}

/** The files that a glob means. In a workspace of several folders it may begin with the name of one, as paths do. */
export function globOf(pattern: string): vscode.GlobPattern {
  const [name, ...rest] = pattern.split('/');
  const folders = namedFolders();
  const named = folders.length > 1 ? folders.find(({ label }) => label === name) : undefined;
  return named === undefined ? pattern : new vscode.RelativePattern(named.folder, rest.join('/') || '**/*');
}

function splitFolder(path: string): { folder: vscode.WorkspaceFolder; rest: string } {
  const folders = namedFolders();
  const [first] = folders;
  if (first === undefined) {
    throw new ToolError('no folder is open');
  }
  if (folders.length === 1) {
    return { folder: first.folder, rest: path };
  }
  const [name, ...rest] = path.split('/');
  const named = folders.find(({ label }) => label === name);
  if (named === undefined) {
    throw new ToolError(`begin the path with one of: ${folders.map(({ label }) => label).join(', ')}`);
  }
  return { folder: named.folder, rest: rest.join('/') };
}

/** The real path of a file, or the path it would get if it does not exist yet. */
async function realPathOf(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    // A dangling link has no real path: writing would create a file somewhere else.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path || (await exists(path))) {
      throw new ToolError('that path cannot be followed');
    }
    return join(await realPathOf(dirname(path)), basename(path));
  }
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
