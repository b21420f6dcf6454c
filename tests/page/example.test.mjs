// README's extension, as it is written there: in the place of the editor stands a `vscode` of a few functions, and a
// page in Chromium that passes messages on.
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { publishedExecutable } from '../shared/executable.mjs'
import { launch } from './browser.mjs'
import { startProvider, startSite } from './servers.mjs'

const folder = fileURLToPath(new URL('../../src/extension/example/', import.meta.url))
const read = name => readFileSync(join(folder, name), 'utf8')
const client = new URL('../../src/extension/sidecar/dist/src/index.js', import.meta.url)

/** Loads the extension with a stand-in for the editor's module and with another provider than OpenAI. */
function load(vscode, baseUrl) {
  const source = read('extension.js')
  const text = source.replace('https://api.openai.com/v1', baseUrl)
  assert.notEqual(text, source)
  const require = createRequire(join(folder, 'extension.js'))
  const loaded = { exports: {} }
  new Function('require', 'exports', text)(name => name === 'vscode' ? vscode : require(name), loaded.exports)
  return loaded.exports
}

test('README shows the example as it is', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
  assert.ok(readme.includes(read('extension.js')))
  assert.ok(readme.includes(read('chat.html')))
})

test('The example streams an answer into its page', async () => {
  assert.ok(existsSync(client), 'the client is not built: run npm ci && npm test in src/extension first')
  const provider = await startProvider(['Hello', ' from', ' the', ' example.'])
  const site = await startSite()
  const browser = await launch()
  const tab = await browser.newPage()
  const ends = []
  after(async () => {
    await Promise.all(ends.map(end => end()))
    await browser.close()
    await site.close()
    await provider.close()
  })

  const commands = new Map()
  const kept = new Map()
  let receive
  const webview = {
    onDidReceiveMessage: listener => { receive = listener },
    postMessage: message => tab.evaluate(data => { dispatchEvent(new MessageEvent('message', { data })) }, message),
    set html(text) { this.shown = tab.goto(site.origin).then(() => tab.setContent(text)) },
  }
  const vscode = {
    commands: { registerCommand: (name, run) => commands.set(name, run) },
    window: {
      showInputBox: async () => 'sk-example-0123456789',
      createWebviewPanel: () => ({ webview, onDidDispose: end => ends.push(end) }),
    },
    ViewColumn: { One: 1 },
  }
  await tab.exposeFunction('toHost', message => receive(message))
  await tab.addInitScript(() => { window.acquireVsCodeApi = () => ({ postMessage: message => window.toHost(message) }) })

  load(vscode, `${provider.origin}/v1`).activate({
    subscriptions: [],
    secrets: { get: async name => kept.get(name), store: async (name, value) => { kept.set(name, value) } },
    asAbsolutePath: name => name === 'bin/aotsidecar' ? publishedExecutable() : join(folder, name),
  })
  await commands.get('helloChat.open')()
  await webview.shown
  await tab.waitForFunction(() => document.querySelector('form').onsubmit)
  await tab.fill('input', 'Say hello')
  await tab.press('input', 'Enter')
  await tab.waitForFunction(() => document.querySelector('pre').textContent === 'Hello')
  provider.firstWordWasRead()
  await tab.waitForFunction(() => document.querySelector('pre').textContent === 'Hello from the example.')

  assert.equal(provider.key, 'Bearer sk-example-0123456789')
  assert.equal(kept.get('openai'), 'sk-example-0123456789')
})
