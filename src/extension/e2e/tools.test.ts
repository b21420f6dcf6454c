import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { Editor } from './editor';

const command = `echo ${'harmless '.repeat(500)}; echo the end`;
const tasks = JSON.stringify({
  version: '2.0.0',
  tasks: [{ label: 'tide table', type: 'shell', command, options: { env: { PATH: '/elsewhere' } } }],
});

let editor: Editor;
let chat: Frame;

before(async () => {
  editor = await Editor.open({ component: 'blocked', files: { 'notes.txt': 'the tide comes at noon\n', '.vscode/tasks.json': tasks } });
  await editor.setKey();
  chat = await editor.openChat();
});

after(() => editor?.close());

test('Tools_NothingAllowed_NoneIsOffered', async () => {
  editor.provider.willSay({ pieces: ['I have no hands.'] });

  await editor.say(chat, 'What can you do?');
  await chat.getByText('I have no hands.').first().waitFor();

  assert.deepEqual(editor.provider.asked.at(-1)?.body.tools ?? [], []);
});

test('Tools_AskFirst_RunsWhenTheUserAllowsIt', async () => {
  await allow('read a file', 'ask');
  editor.provider.willSay({ tool: 'read_file', args: { path: 'notes.txt' } }, { pieces: ['At noon.'] });

  await editor.say(chat, 'When does the tide come?');
  const question = await editor.workbench.isAsked('May the model read a file?');
  await editor.workbench.photograph('7-consent');
  await question.getByText('Allow once').click();
  await chat.getByText('At noon.').first().waitFor();
  await editor.workbench.photograph('8-tool-used');

  assert.match(JSON.stringify(editor.provider.asked.at(-1)?.body.input), /the tide comes at noon/);
});

test('Tools_PathOutOfTheWorkspace_IsRefusedWithoutAQuestion', async () => {
  editor.provider.willSay({ tool: 'read_file', args: { path: 'sub/../../data/User/settings.json' } }, { pieces: ['Not mine to read.'] });

  await editor.say(chat, 'Read your settings.');
  await chat.getByText('Not mine to read.').first().waitFor();

  assert.match(JSON.stringify(editor.provider.asked.at(-1)?.body.input), /only paths within the workspace can be used/);
});

test('Tools_LinkOutOfTheWorkspace_IsRefused', async () => {
  symlinkSync(editor.server.dataFolder, join(editor.server.workspace, 'docs'));
  editor.provider.willSay({ tool: 'read_file', args: { path: 'docs/User/settings.json' } }, { pieces: ['A link, I see.'] });

  await editor.say(chat, 'Read the docs.');
  await chat.getByText('A link, I see.').first().waitFor();

  assert.match(JSON.stringify(editor.provider.asked.at(-1)?.body.input), /that path leads out of the workspace/);
});

test('Tools_ChangeRefused_LeavesTheFileAsItIs', async () => {
  await allow('change a file', 'ask');
  const edit = { path: 'notes.txt', old_text: 'noon', new_text: 'midnight' };
  editor.provider.willSay({ tool: 'apply_edit', args: edit }, { pieces: ['As you wish.'] });

  await editor.say(chat, 'Move the tide.');
  const question = await editor.workbench.isAsked('May the model change a file?');
  await question.getByText('Refuse').click();
  await chat.getByText('As you wish.').first().waitFor();

  assert.equal(readFileSync(join(editor.server.workspace, 'notes.txt'), 'utf8'), 'the tide comes at noon\n');
});

test('Tools_LineBehindManyOthers_IsSeenBeforeItIsAllowed', async () => {
  const lines = Array.from({ length: 400 }, (_, i) => `# harmless ${i}`);
  const edit = { path: 'notes.txt', old_text: 'noon', new_text: [...lines, `${' '.repeat(500)}rm -rf \u202e~`].join('\n') };
  editor.provider.willSay({ tool: 'apply_edit', args: edit }, { pieces: ['Not that.'] });

  await editor.say(chat, 'Explain the tide.');
  const question = await editor.workbench.isAsked('May the model change a file?');
  const text = await question.locator('#consent').innerText();
  const last = question.getByText('rm -rf');
  await last.scrollIntoViewIfNeeded();
  await editor.workbench.photograph('9-consent-to-a-change');
  const { left, right } = await last.evaluate((node) => ({ left: node.getBoundingClientRect().right, right: window.innerWidth }));
  await question.getByText('Refuse').click();
  await chat.getByText('Not that.').first().waitFor();

  assert.match(text, /notes\.txt[^]*noon[^]*# harmless 0\n[^]*# harmless 399\n500 blanksrm -rf U\+202E~/);
  assert.ok(left <= right, 'nothing is beyond the edge');
});

test('Tools_EnterOfSomeoneWhoIsTyping_AllowsNothing', async () => {
  const edit = { path: 'notes.txt', old_text: 'noon', new_text: 'midnight' };
  editor.provider.willSay({ tool: 'apply_edit', args: edit }, { pieces: ['Not now.'] });

  await editor.say(chat, 'Move it while I type.');
  const question = await editor.workbench.isAsked('May the model change a file?');
  await editor.workbench.page.keyboard.type('And what about');
  await editor.workbench.page.keyboard.press('Enter');
  await question.getByText('Refuse').click();
  await chat.getByText('Not now.').first().waitFor();

  assert.match(JSON.stringify(editor.provider.asked.at(-1)?.body.input), /the user refused this call/);
});

test('Tools_QuestionClosed_IsRefused', async () => {
  const edit = { path: 'notes.txt', old_text: 'noon', new_text: 'midnight' };
  editor.provider.willSay({ tool: 'apply_edit', args: edit }, { pieces: ['Closed, then.'] });

  await chat.locator('#input').press('Control+A');
  await editor.say(chat, 'Move it once more.');
  await editor.workbench.isAsked('May the model change a file?');
  await editor.workbench.closeEditor('May the model change a file?');
  await chat.getByText('Closed, then.').first().waitFor();

  assert.match(JSON.stringify(editor.provider.asked.at(-1)?.body.input), /the user refused this call/);
});

test('Tools_QuestionAnsweredByKeyboard_AllowsTheChange', async () => {
  const edit = { path: 'notes.txt', old_text: 'noon', new_text: 'one' };
  editor.provider.willSay({ tool: 'apply_edit', args: edit }, { pieces: ['Moved to one.'] });

  await editor.say(chat, 'Move it to one.');
  const question = await editor.workbench.isAsked('May the model change a file?');
  await question.locator('#consent').focus();
  await editor.workbench.page.keyboard.press('Tab');
  await editor.workbench.page.keyboard.press('Tab');
  await editor.workbench.page.keyboard.press('Enter');
  await chat.getByText('Moved to one.').first().waitFor();

  assert.equal(readFileSync(join(editor.server.workspace, 'notes.txt'), 'utf8'), 'the tide comes at one\n');
});

test('Tools_TaskToBeRun_IsShownWithItsWholeCommandAndSurroundings', async () => {
  await allow('run a task', 'ask');
  editor.provider.willSay({ tool: 'run_task', args: { name: 'tide table' } }, { pieces: ['No table.'] });

  await editor.say(chat, 'Print the table.');
  const question = await editor.workbench.isAsked('May the model run a task?');
  const text = await question.locator('#consent').innerText();
  await editor.workbench.photograph('9-consent-to-a-task');
  await question.getByText('Refuse').click();
  await chat.getByText('No table.').first().waitFor();

  assert.ok(text.includes(command), text);
  assert.match(text, /"PATH": "\/elsewhere"/);
});

test('Tools_ChangeAllowed_ChangesTheFile', async () => {
  await allow('change a file', 'allow');
  const edit = { path: 'notes.txt', old_text: 'one', new_text: 'midnight' };
  editor.provider.willSay({ tool: 'apply_edit', args: edit }, { pieces: ['Moved.'] });

  await editor.say(chat, 'Move the tide after all.');
  await chat.getByText('Moved.').first().waitFor();

  assert.equal(readFileSync(join(editor.server.workspace, 'notes.txt'), 'utf8'), 'the tide comes at midnight\n');
});

test('Tools_ChangeOfAHookThroughALink_IsRefused', async () => {
  mkdirSync(join(editor.server.workspace, '.git/hooks'), { recursive: true });
  symlinkSync('.git', join(editor.server.workspace, 'templates'));
  const edit = { path: 'templates/hooks/pre-commit', old_text: '', new_text: '#!/bin/sh\n' };
  editor.provider.willSay({ tool: 'apply_edit', args: edit }, { pieces: ['No hooks, then.'] });

  await editor.say(chat, 'Add a hook.');
  await chat.getByText('No hooks, then.').first().waitFor();

  assert.match(JSON.stringify(editor.provider.asked.at(-1)?.body.input), /version control and the editor are not changed/);
});

async function allow(tool: string, policy: 'ask' | 'allow'): Promise<void> {
  await editor.workbench.run('AotSidecar: Allow Editor Tools');
  await editor.workbench.pick('What may the model ask of the editor', tool);
  await editor.workbench.pick(`May the model ${tool}`, policy);
  await editor.workbench.sees(`To ${tool}: ${policy === 'ask' ? 'you are asked each time' : 'runs without a question'}.`);
}
