import * as vscode from 'vscode';
import { readTextFile } from './readFile';
import { schema, text, type Tool } from './tool';
import { globOf, pathOf, resolveInWorkspace, ToolError } from './workspacePath';

const maxFiles = 5000;
const maxFileBytes = 1024 * 1024;
const maxMatches = 200;
/** One line of a minified file could fill the whole answer. */
const maxLineLength = 300;

export const search: Tool = {
  name: 'search',
  title: 'search the workspace',
  setting: 'search',
  changes: false,
  description: `Finds a text in the files of the workspace, letter case ignored; at most ${maxMatches} lines.`,
  // Plain text, because a model's regular expression could keep the editor busy for ever.
  inputSchema: schema(
    {
      text: { type: 'string', minLength: 1 },
      include: { type: 'string', description: 'glob of the files to search, for example src/**/*.ts' },
    },
    ['text'],
  ),

  describe: (args) =>
    Promise.resolve([
      { label: 'The text', text: text(args, 'text') },
      { label: 'In the files', text: text(args, 'include', '**/*') },
    ]),

  async run(args, signal) {
    const wanted = text(args, 'text').toLowerCase();
    if (wanted === '') {
      throw new ToolError('text must not be empty');
    }
    // A glob cannot leave the workspace folders.
    const files = await vscode.workspace.findFiles(globOf(text(args, 'include', '**/*')), exclusions(), maxFiles);
    const matches: string[] = [];
    for (const file of files) {
      signal.throwIfAborted();
      matches.push(...(await matchesIn(file, wanted)));
      if (matches.length >= maxMatches) {
        break;
      }
    }
    return matches.length === 0 ? 'no match' : matches.slice(0, maxMatches).join('\n');
  },
};

/** What the user's own search leaves out; by itself `findFiles` knows only what the explorer hides. */
function exclusions(): string {
  const patterns = ['files', 'search'].flatMap((section) => {
    const exclude = vscode.workspace.getConfiguration(section).get<Readonly<Record<string, unknown>>>('exclude', {});
    return Object.keys(exclude).filter((pattern) => exclude[pattern] === true);
  });
  return `{${patterns.join(',')}}`;
}

async function matchesIn(file: vscode.Uri, wanted: string): Promise<string[]> {
  const path = pathOf(file);
  try {
    // A symbolic link may lead out of the workspace.
    const { uri } = await resolveInWorkspace(path);
    const content = await readTextFile(uri, maxFileBytes);
    const lines = content?.split(/\r?\n/) ?? [];
    return lines.flatMap((line, index) =>
      line.toLowerCase().includes(wanted) ? [`${path}:${index + 1}: ${line.trim().slice(0, maxLineLength)}`] : [],
    );
  } catch {
    return [];
  }
}
