// Every text of the page against what lies behind it, in its own two schemes and in the editor's themes, at rest, under the
// mouse and with the focus: 4.5 : 1, and 7 : 1 where the user has asked for high contrast.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { contrasts } from '../shared/contrast.mjs'
import { launch } from './browser.mjs'
import { startFakeSidecar } from './fake-sidecar.mjs'
import { defaultStyles, themes } from './themes.mjs'

let browser
before(async () => { browser = await launch() })
after(() => browser.close())

const places = Object.keys(themes).flatMap(theme => ['editor', 'side-bar'].map(place => ({ theme, place })))
for (const { theme, place, colorScheme } of [...places, { colorScheme: 'light' }, { colorScheme: 'dark' }])
  test(`Contrast_${theme ? `${theme} in the ${place}` : `OwnPage ${colorScheme}`}_IsEnoughForEveryTextAndState`, async () => {
    const fake = await startFakeSidecar(), context = await browser.newContext({ colorScheme, bypassCSP: true, viewport: { width: 900, height: 900 } })
    const page = await context.newPage()
    try {
      if (theme) await page.addInitScript(dress, { ...themes[theme], styles: defaultStyles, place })
      fake.addThread('Another one', { count: 2 })
      const seen = []
      const look = async state => seen.push(...(await page.evaluate(contrasts, 'body')).map(s => ({ ...s, state })))
      await page.goto(fake.url)
      await page.locator('.welcome').waitFor()
      if (theme) await page.locator(`[data-place=${place}] .${themes[theme].class.split(' ')[0]}`).waitFor()
      await look('empty')

      await say(page, 'widget', 'thinking', 'image', 'tool', 'markdown', 'error now')
      for (const summary of await page.locator('summary').all()) await summary.click()
      await page.getByRole('button', { name: 'Good answer' }).click()
      await page.locator('[aria-pressed=true]').waitFor()
      await look('at rest')
      await force(page, 'hover')
      await look('hover')
      await force(page, 'focus', 'focus-visible')
      await look('focus')
      await page.getByRole('button', { name: 'New chat' }).click()
      await say(page, 'form')
      await look('form')
      await page.getByRole('button', { name: 'New chat' }).click()
      await say(page, 'lock')
      await look('locked')

      const least = themes[theme]?.class.includes('high-contrast') ? 7 : 4.5
      assert.ok(seen.length > 200, `only ${seen.length} texts were seen`)
      for (const part of ['code "', 'th "', 'button.open', 'a "', 'textarea', '#title', '.icon', 'summary'])
        assert.ok(seen.some(s => s.what.includes(part)), part)
      const poor = seen.filter(s => s.ratio < least).map(s => `${s.ratio} ${s.color} on ${s.background} ${s.state}: ${s.what}`)
      assert.deepEqual([...new Set(poor)], [])
    } finally {
      await context.close()
      await fake.stop()
    }
    async function say(page, ...messages) {
      for (const message of messages) {
        await page.getByLabel('Message').pressSequentially(message)
        await page.keyboard.press('Enter')
        await page.locator('.bubble', { hasText: message }).waitFor()
        for (const open of [1, 2, 3, 4]) {
          await Promise.race([fake.until(f => f.gated), page.locator('#log[aria-busy=false]').waitFor()])
          fake.release()
        }
        await page.locator('#log[aria-busy=false]').waitFor()
      }
    }
  })

// In the page, before its own scripts: what the editor does to a webview.
function dress({ class: kind, variables, styles, place }) {
  new MutationObserver((_, observer) => {
    if (!document.body) return
    observer.disconnect()
    const root = document.documentElement, style = document.createElement('style')
    root.dataset.place = place
    for (const name in variables) root.style.setProperty('--vscode-' + name, variables[name])
    style.textContent = styles
    document.head.prepend(style)
    document.body.className = kind
  }).observe(document, { childList: true, subtree: true })
}

async function force(page, ...forcedPseudoClasses) {
  const session = await page.context().newCDPSession(page)
  await session.send('DOM.enable')
  await session.send('CSS.enable')
  const { root } = await session.send('DOM.getDocument')
  const { nodeIds } = await session.send('DOM.querySelectorAll', { nodeId: root.nodeId, selector: 'button, a, input, select, textarea, summary, label, [tabindex]' })
  for (const nodeId of nodeIds) await session.send('CSS.forcePseudoState', { nodeId, forcedPseudoClasses })
}
