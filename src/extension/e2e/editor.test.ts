import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { CodeServer } from './codeServer';
import { ScriptedProvider } from './provider';
import { eventually, Workbench } from './workbench';

/** One editor and one conversation from its first key to its last: each test goes on where the one before ended. */

const extension = resolve(__dirname, '../..');
const apiKey = 'sk-e2e-4f1c2b8a9d7e6053';
const component = 'https://cdn.platform.openai.com/**';

let provider: ScriptedProvider;
let server: CodeServer;
let workbench: Workbench;

before(async () => {
  const installation = execFileSync(join(extension, 'e2e/install-editor.sh'), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
  provider = await ScriptedProvider.start();
  server = await CodeServer.start(installation.trim().split('\n').at(-1) ?? '', vsix(), { 'notes.txt': 'the tide comes at noon\n' });
  workbench = await Workbench.open(server.url, server.workspace, async (page) => {
    await page.route(component, (route) => route.abort());
  });
});

after(async () => {
  await workbench?.close();
  await server?.stop();
  provider?.stop();
});

test('Package_Installed_HasOneExecutableThatMayRun', () => {
  const files = readdirSync(server.extensionFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const executables = files.filter((entry) => isExecutable(join(entry.parentPath, entry.name)));

  assert.deepEqual(executables.map((entry) => entry.name), ['aotsidecar']);
  assert.ok(statSync(vsix()).size < 8 * 1024 * 1024);
});

test('Key_SetThroughTheCommand_IsStored', async () => {
  await workbench.run('AotSidecar: Set API Key');
  await workbench.type('A name for the key', 'openai-main');
  await workbench.pick('For which environment', 'pro');
  await workbench.type('The API key for openai-main@pro', apiKey);
  await workbench.sees('The API key openai-main@pro is stored.');

  await workbench.run('AotSidecar: Set Base URL');
  await workbench.type('Base URL of the provider', provider.baseUrl);
  await workbench.photograph('1-key-set');
});

test('Chat_FirstMessage_StreamsWordByWord', async () => {
  let open!: () => void;
  provider.willSay({ pieces: ['The first half ', new Promise((resolve) => (open = resolve)), 'and the second.'] });
  const chat = await openChat();

  await say(chat, 'Say two halves.');
  await chat.getByText('The first half').first().waitFor();
  const early = await chat.locator('body').innerText();
  await workbench.photograph('2-streaming');
  open();
  await chat.getByText('The first half and the second.').first().waitFor();
  await workbench.photograph('3-answered');

  assert.equal(early.includes('and the second.'), false);
  assert.equal(provider.asked.at(-1)?.authorization, `Bearer ${apiKey}`);
});

test('Sidecar_Killed_ComesBackAndTheConversationGoesOn', async () => {
  const killed = await theSidecar();
  provider.willSay({ pieces: ['Back again.'] });
  const chat = await openChat();

  process.kill(killed.pid, 'SIGKILL');
  const next = await eventually('another sidecar', () => server.sidecars().find(({ pid }) => pid !== killed.pid));
  await say(chat, 'Are you there?');
  await chat.getByText('Back again.').first().waitFor();
  await workbench.photograph('4-after-the-crash');

  assert.notEqual(next.pid, killed.pid);
  assert.match(JSON.stringify(provider.asked.at(-1)?.body.input), /Say two halves\..*The first half and the second\..*Are you there\?/s);
});

test('ExtensionHost_Killed_TheSidecarIsGoneWithinFiveSeconds', async () => {
  const { pid, parent } = await theSidecar();

  process.kill(parent, 'SIGKILL');

  await eventually('its end', () => (server.sidecars().some((sidecar) => sidecar.pid === pid) ? undefined : true), 5000);
});

test('Window_Reloaded_TheConversationIsThere', async () => {
  await workbench.page.reload();
  await workbench.isReady();
  provider.willSay({ pieces: ['Still here.'] });
  const chat = await openChat();

  await chat.locator('#menu').click();
  await chat.locator('#side').getByText('Say two halves.').first().click();
  await chat.getByText('Back again.').first().waitFor();
  await say(chat, 'After the reload?');
  await chat.getByText('Still here.').first().waitFor();
  await workbench.photograph('5-after-the-reload');
});

test('Secrets_AfterAllThis_AreNowhereInSettingsLogsPageOrArguments', async () => {
  const frames = await Promise.all(workbench.page.frames().map((frame) => frame.content().catch(() => '')));
  const page = frames.join('\n');
  const files = filesBelow(server.dataFolder).map((path) => [path, readFileSync(path, 'latin1')] as const);
  const leaks = (secret: RegExp) => files.filter(([, content]) => secret.test(content)).map(([path]) => path);

  assert.equal(page.includes(apiKey), false);
  assert.doesNotMatch(page, /ck_[\w-]{43}/);
  assert.deepEqual(leaks(new RegExp(apiKey)), []);
  assert.deepEqual(leaks(/ck_[\w-]{43}/), []);
  assert.ok(files.some(([path]) => path.includes('AotSidecar')), 'the logs were looked at');
  assert.equal((await theSidecar()).arguments.join(' ').includes(apiKey), false);
});

test('Key_Removed_TheSessionIsRevoked', async () => {
  const asked = provider.asked.length;
  const chat = await openChat();

  await workbench.run('AotSidecar: Remove API Key');
  await workbench.pick('Which key is to be removed', 'openai-main@pro');
  await workbench.pressInDialog('Remove');
  await workbench.sees('The API key openai-main@pro was removed.');
  await say(chat, 'And now?');
  await chat.getByText('There is no API key for openai-main@pro').first().waitFor();
  await workbench.photograph('6-key-removed');

  assert.equal(provider.asked.length, asked);
});

async function openChat(): Promise<Frame> {
  await workbench.run('AotSidecar: Open Chat');
  return workbench.chat('#input');
}

async function say(chat: Frame, text: string): Promise<void> {
  await chat.locator('#input').fill(text);
  await chat.locator('#input').press('Enter');
}

function theSidecar() {
  return eventually('a sidecar', () => server.sidecars()[0]);
}

function vsix(): string {
  const [name] = readdirSync(join(extension, 'dist')).filter((entry) => entry.endsWith('.vsix'));
  return join(extension, 'dist', name ?? '');
}

function isExecutable(path: string): boolean {
  const magic = readFileSync(path).subarray(0, 4).toString('latin1');
  return magic === '\x7fELF' || (statSync(path).mode & 0o111) !== 0;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
