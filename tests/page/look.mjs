// Screenshots for human eyes, into the ignored folder TestResults: node look.mjs
import { mkdir } from 'node:fs/promises'
import { launch } from './browser.mjs'
import { startFakeSidecar } from './fake-sidecar.mjs'

const OUT = new URL('./TestResults/', import.meta.url).pathname
await mkdir(OUT, { recursive: true })
const fake = await startFakeSidecar(), browser = await launch()
const yesterday = new Date(Date.now() - 864e5)
fake.addThread('Rotate the API key without a restart', { count: 4, created: yesterday })
fake.addThread('Why does a loopback port need a token, and who may ask for one?', { count: 2, created: yesterday })
fake.addThread('Notes for the release', { count: 2 })

async function scene(name, { colorScheme = 'light', width = 1180, height = 800, words = [], act } = {}) {
  const context = await browser.newContext({ colorScheme, viewport: { width, height } }), page = await context.newPage()
  page.on('pageerror', e => console.log(name, 'page error:', e.message))
  await page.goto(fake.url)
  await page.getByText('Notes for the release').waitFor({ state: 'attached' })
  for (const word of words) {
    await page.getByLabel('Message').pressSequentially(word)
    await page.keyboard.press('Enter')
    for (let idle = 0; idle < 4;) {
      if (fake.gated) fake.release(), idle = 0
      else if (await page.locator('#log[aria-busy=false]').count()) idle++
      await page.waitForTimeout(25)
    }
  }
  await act?.(page)
  await page.waitForTimeout(100)
  await page.screenshot({ path: `${OUT}${name}.png` })
  await context.close()
}
const only = process.argv[2], scenes = {
  empty: {}, 'empty-dark': { colorScheme: 'dark' }, 'empty-320': { width: 320, height: 640 },
  'side-320': { width: 320, height: 640, act: p => p.locator('#menu').click() },
  markdown: { words: ['markdown please, with everything'], height: 1250 }, 'markdown-dark': { words: ['markdown'], height: 1250, colorScheme: 'dark' },
  'markdown-320': { words: ['markdown'], width: 320, height: 1200 },
  thinking: { words: ['thinking about start-up time'], act: p => p.locator('summary').click() },
  image: { words: ['image of some hills', 'tool call, please'] }, widget: { words: ['widget'], height: 1000 }, 'widget-dark': { words: ['widget'], height: 1000, colorScheme: 'dark' },
  form: { words: ['form to fill in'] }, errors: { words: ['hello there', 'error now'] }, lock: { words: ['lock this'], colorScheme: 'dark' },
  delete: { act: async p => { await p.getByRole('button', { name: 'Notes for the release' }).click(); await p.getByRole('button', { name: 'Delete' }).click() } },
  slow: { act: async p => { await p.getByLabel('Message').pressSequentially('slow answer'); await p.keyboard.press('Enter'); await p.getByText('One bold').waitFor() } },
}
for (const [name, options] of Object.entries(scenes)) if (!only || name.startsWith(only)) await scene(name, options)
await browser.close()
await fake.stop()
