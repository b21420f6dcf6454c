import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, type Page } from 'playwright-core';
import { Editor } from './editor';
import { ScriptedProvider } from './provider';
import { browserOptions } from './workbench';

/** README's pictures, taken of the running product: `npm run pictures`. Each is shown at half the width of a page. */

const images = resolve(__dirname, '../../../../docs/images');
const picture = { viewport: { width: 800, height: 600 }, deviceScaleFactor: 1.5 };

const theme = 'Default Dark Modern';

const question = 'How do I read a large log in C#?';
const answer = `Line by line, with \`File.ReadLinesAsync\`: memory stays **flat**, however large the file is.

\`\`\`csharp
await foreach (var line in File.ReadLinesAsync(path))
    if (line.Contains("error"))
        Console.WriteLine(line);
\`\`\`

- It begins at once, before the last line is read.
- A \`CancellationToken\` stops it in the middle.`;

const code = `/** A tide, by its hour. */
export type Tide = {
  hour: number;
  height: number;
};

export function nextAfter(
  hour: number,
  tides: Tide[],
) {
  return tides.find(
    (tide) => tide.hour > hour,
  );
}
`;
const codeQuestion = 'After the last tide?';
const codeAnswer = `After the last tide of the day it returns \`undefined\`. Begin again at the first one:

\`\`\`ts
return tides.find(
  (tide) => tide.hour > hour,
) ?? tides[0];
\`\`\`

- The tides must be **sorted** by hour.
- An empty list still gives \`undefined\`.`;

async function main(): Promise<void> {
  mkdirSync(images, { recursive: true });
  const editor = await Editor.open({
    component: 'blocked',
    view: picture,
    files: { 'tides.ts': code },
    workspaceSettings: { 'workbench.colorTheme': theme, 'editor.minimap.enabled': false },
    settings: { 'aotsidecar.tools.readFile': 'allow' },
  });
  try {
    await pictureOfEditor(editor);
    await picturesOfPage(join(editor.server.extensionFolder, 'bin/aotsidecar'));
  } finally {
    await editor.close();
  }
}

async function pictureOfEditor(editor: Editor): Promise<void> {
  const { page } = editor.workbench;
  await editor.setKey();
  await page.locator('.explorer-item', { hasText: 'tides.ts' }).dblclick();
  await page.locator('.tab', { hasText: 'tides.ts' }).waitFor();
  editor.provider.willSay({ tool: 'read_file', args: { path: 'tides.ts' } }, { pieces: [codeAnswer] });
  const chat = await editor.openChat();
  await widenSideBar(page, 390);
  await editor.say(chat, codeQuestion);
  await chat.locator('#log[aria-busy=false]').getByText('An empty list').waitFor();
  await editor.workbench.run('Notifications: Clear All Notifications');
  await page.screenshot({ path: join(images, 'editor.png'), animations: 'disabled' });
}

/** With the mouse, as there is no command that sets a width. */
async function widenSideBar(page: Page, right: number): Promise<void> {
  const { x, width } = (await page.locator('.part.sidebar').boundingBox()) ?? { x: 0, width: 0 };
  await page.mouse.move(x + width, 300);
  await page.mouse.down();
  await page.mouse.move(right, 300, { steps: 5 });
  await page.mouse.up();
}

/** The demo's page, with the packaged executable. */
async function picturesOfPage(executable: string): Promise<void> {
  const provider = await ScriptedProvider.start();
  provider.willSay({ pieces: ['The process behind an editor\'s chat.'] }, { pieces: ['Try `ReadOnlySpan<char>`.'] }, { pieces: [answer] });
  const demo = spawn(executable, ['demo', '--port', '0', '--upstream-url', provider.baseUrl, '--model', 'local-model'], {
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const browser = await chromium.launch(browserOptions);
  try {
    const page = await browser.newPage(picture);
    await page.goto(await addressOf(demo.stdout));
    await ask(page, 'Can I split text without copies?');
    await page.getByRole('button', { name: 'New chat' }).click();
    await ask(page, question);
    await page.mouse.move(600, 450);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: join(images, `chat-${colorScheme}.png`), animations: 'disabled' });
    }
  } finally {
    await browser.close();
    demo.kill('SIGTERM');
    provider.stop();
  }
}

async function ask(page: Page, text: string): Promise<void> {
  await page.getByLabel('Message').fill(text);
  await page.getByLabel('Message').press('Enter');
  await page.locator('.assistant_message').waitFor();
  await page.locator('#log[aria-busy=false]').waitFor();
}

async function addressOf(output: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: output })) {
    const address = /http:\S+#code=\S+/.exec(line)?.[0];
    if (address !== undefined) {
      return address;
    }
  }
  throw new Error('the demo ended before it served its page');
}

void main();
