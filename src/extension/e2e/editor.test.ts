import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { apiKey, Editor, vsix } from './editor';
import { eventually } from './workbench';

/** One editor and one conversation from its first key to its last: each test goes on where the one before ended. */

let editor: Editor;

before(async () => {
  editor = await Editor.open({ component: 'blocked', files: {} });
});

after(() => editor?.close());

test('Package_Installed_HasOneExecutableThatMayRun', () => {
  const files = readdirSync(editor.server.extensionFolder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const executables = files.filter((entry) => isExecutable(join(entry.parentPath, entry.name)));

  assert.deepEqual(executables.map((entry) => entry.name), ['aotsidecar']);
  assert.ok(statSync(vsix()).size < 8 * 1024 * 1024);
});

test('Key_SetThroughTheCommand_IsStored', async () => {
  await editor.setKey();

  await editor.workbench.sees('The API key openai-main@pro is stored.');
  await editor.workbench.photograph('1-key-set');
});

test('Chat_FirstMessage_StreamsWordByWord', async () => {
  let open!: () => void;
  editor.provider.willSay({ pieces: ['The first half ', new Promise((resolve) => (open = resolve)), 'and the second.'] });
  const chat = await editor.openChat();

  await editor.say(chat, 'Say two halves.');
  await chat.getByText('The first half').first().waitFor();
  const early = await chat.locator('body').innerText();
  await editor.workbench.photograph('2-streaming');
  open();
  await chat.getByText('The first half and the second.').first().waitFor();
  await editor.workbench.photograph('3-answered');

  assert.equal(early.includes('and the second.'), false);
  assert.equal(editor.provider.asked.at(-1)?.authorization, `Bearer ${apiKey}`);
});

test('Sidecar_Killed_ComesBackAndTheConversationGoesOn', async () => {
  const killed = await editor.sidecar();
  editor.provider.willSay({ pieces: ['Back again.'] });
  const chat = await editor.openChat();

  process.kill(killed.pid, 'SIGKILL');
  const next = await eventually('another sidecar', () => editor.server.sidecars().find(({ pid }) => pid !== killed.pid));
  await editor.say(chat, 'Are you there?');
  await chat.getByText('Back again.').first().waitFor();
  await editor.workbench.photograph('4-after-the-crash');

  assert.notEqual(next.pid, killed.pid);
  assert.match(JSON.stringify(editor.provider.asked.at(-1)?.body.input), /Say two halves\..*The first half and the second\..*Are you there\?/s);
});

test('ExtensionHost_Killed_TheSidecarIsGoneWithinFiveSeconds', async () => {
  const { pid, parent } = await editor.sidecar();

  process.kill(parent, 'SIGKILL');

  await eventually('its end', () => (editor.server.sidecars().some((sidecar) => sidecar.pid === pid) ? undefined : true), 5000);
});

test('Window_Reloaded_TheConversationIsThere', async () => {
  await editor.workbench.page.reload();
  await editor.workbench.isReady();
  editor.provider.willSay({ pieces: ['Still here.'] });
  const chat = await editor.openChat();

  await chat.locator('#menu').click();
  await chat.locator('#side').getByText('Say two halves.').first().click();
  await chat.getByText('Back again.').first().waitFor();
  await editor.say(chat, 'After the reload?');
  await chat.getByText('Still here.').first().waitFor();
  await editor.workbench.photograph('5-after-the-reload');
});

test('Secrets_AfterAllThis_AreNowhereInSettingsLogsPageOrArguments', async () => {
  const frames = await Promise.all(editor.workbench.page.frames().map((frame) => frame.content().catch(() => '')));
  const page = frames.join('\n');
  const files = filesBelow(editor.server.dataFolder).map((path) => [path, readFileSync(path, 'latin1')] as const);
  const leaks = (secret: RegExp) => files.filter(([, content]) => secret.test(content)).map(([path]) => path);

  assert.equal(page.includes(apiKey), false);
  assert.doesNotMatch(page, /ck_[\w-]{43}/);
  assert.deepEqual(leaks(new RegExp(apiKey)), []);
  assert.deepEqual(leaks(/ck_[\w-]{43}/), []);
  assert.ok(files.some(([path]) => path.includes('AotSidecar')), 'the logs were looked at');
  assert.equal((await editor.sidecar()).arguments.join(' ').includes(apiKey), false);
});

test('Key_Removed_TheSessionIsRevoked', async () => {
  const asked = editor.provider.asked.length;
  const chat = await editor.openChat();

  await editor.workbench.run('AotSidecar: Remove API Key');
  await editor.workbench.pick('Which key is to be removed', 'openai-main@pro');
  await editor.workbench.pressInDialog('Remove');
  await editor.workbench.sees('The API key openai-main@pro was removed.');
  await editor.say(chat, 'And now?');
  await chat.getByText('There is no API key for openai-main@pro').first().waitFor();
  await editor.workbench.photograph('6-key-removed');

  assert.equal(editor.provider.asked.length, asked);
});

function isExecutable(path: string): boolean {
  const magic = readFileSync(path).subarray(0, 4).toString('latin1');
  return magic === '\x7fELF' || (statSync(path).mode & 0o111) !== 0;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}
