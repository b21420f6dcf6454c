// The chat page in a real browser against the scripted sidecar. Nothing sleeps: a script waits at a gate until the test
// opens it, and the test waits for what the reader would see.
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { launch } from './browser.mjs'
import { startFakeSidecar } from './fake-sidecar.mjs'
import { MARKDOWN } from './scripts.mjs'

let browser, context, page, fake, troubles
before(async () => { browser = await launch() })
after(() => browser.close())
beforeEach(async () => {
  fake = await startFakeSidecar()
  await fresh()
})
afterEach(async () => {
  await context.close()
  await fake.stop()
  assert.deepEqual(troubles, [], 'no script error and nothing refused by the content security policy')
})

async function fresh(options) {
  await context?.close()
  context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'], viewport: { width: 1000, height: 700 }, ...options })
  context.setDefaultTimeout(Number(process.env.PAGE_TIMEOUT ?? 10_000))
  page = await context.newPage()
  troubles = []
  page.on('pageerror', e => troubles.push(e.message))
  page.on('console', m => { if (/Content Security Policy|Refused/.test(m.text())) troubles.push(m.text()) })
}
const visit = async () => {
  await page.goto(fake.url)
  await page.locator('#model', { hasText: 'echo' }).waitFor({ state: 'attached' })
  await idle()
}
const idle = () => page.locator('#log[aria-busy=false]').waitFor()
const write = async message => {
  await page.getByLabel('Message').pressSequentially(message)
  await page.keyboard.press('Enter')
}
// As a person does who replaces what stands in a field.
const retype = async (field, text) => {
  await field.click()
  await page.keyboard.press('Control+A')
  await page.keyboard.type(text)
}
const say = async message => {
  await write(message)
  await idle()
}
const sees = (words, within = '#log') => page.locator(within).getByText(words).first().waitFor()
const calls = type => fake.requests.filter(r => r.type === type)
const button = name => page.getByRole('button', { name, exact: true })

test('Files_Together_StayUnder40000Bytes', async () => {
  const folder = new URL('../../src/AotSidecar/Demo/Page/', import.meta.url)
  const sizes = await Promise.all(['index.html', 'page.css', 'page.js'].map(async f => (await readFile(new URL(f, folder))).length))

  assert.ok(sizes.reduce((a, b) => a + b) < 40_000, sizes.join(' + '))
})

test('EmptyState_SuggestionPressed_StartsAThreadWithIt', async () => {
  await visit()
  await sees('No OPENAI_API_KEY: a built-in echo model answers.')

  await page.locator('.welcome button').first().click()
  await sees(/^You said: Explain/)

  assert.equal(await page.locator('.welcome').count(), 0)
  assert.match(calls('threads.create')[0].params.input.content[0].text, /^Explain/)
  assert.deepEqual(calls('threads.create')[0].params.input.attachments, [])
})

test('Answer_WhileStreaming_ShowsEachDeltaFormatted', async () => {
  await visit()

  await write('slow please')
  await sees('One bold word')

  assert.equal(await page.locator('.md strong').textContent(), 'bold')
  assert.equal(await page.getByText('another').count(), 0)
  assert.ok(await button('Stop').isVisible())
  await fake.until(f => f.gated)
  fake.release()
  await sees('One bold word then')
  await fake.until(f => f.gated)
  fake.release()
  await sees('One bold word then another')
  await fake.until(f => f.gated)
  fake.release()
  await idle()
  assert.match(await page.locator('#status').textContent(), /One bold word then another/)
})

test('Stop_DuringAnswer_ClosesTheRequestAndKeepsTheText', async () => {
  await visit()
  await write('slow please')
  await sees('One bold word')
  await fake.until(f => f.gated)

  await button('Stop').click()
  await sees('Stopped.')

  await sees('One bold word')
  assert.equal(await page.locator('.live').count(), 0)
  assert.ok(await button('Send').isVisible())
})

test('SecondMessage_InTheSameThread_IsAddedToIt', async () => {
  await visit()
  await say('first')

  await say('second')

  assert.equal(calls('threads.add_user_message')[0].params.thread_id, [...fake.threads.keys()][0])
  assert.equal(await page.locator('.user_message').count(), 2)
})

test('Retry_AfterAnswer_ReplacesIt', async () => {
  await visit()
  await say('hello')

  await button('Answer again').click()
  await sees('Second thoughts on: hello')

  assert.equal(await page.getByText('You said: hello').count(), 0)
  assert.equal(await page.locator('.user_message').count(), 1)
})

test('ErrorEvent_WithRetry_ShowsTheMessageAndRetries', async () => {
  await visit()
  await say('error now')
  await sees('The provider is overloaded.')

  await button('Try again').click()
  await sees('Second thoughts on: error now')

  assert.equal(await page.getByText('The provider is overloaded.').count(), 0)
})

test('ErrorEvent_WithoutRetry_OffersNone', async () => {
  await visit()

  await say('fatal error')
  await sees('Something went wrong')

  assert.equal(await button('Try again').count(), 0)
})

test('Connection_LostMidway_SaysSoAndKeepsTheText', async () => {
  await visit()
  await write('drop it')
  await sees('Almost th')
  await fake.until(f => f.gated)

  fake.release()
  await sees('The connection was lost')

  await sees('Almost th')
  await button('Try again').click()
  await sees('Second thoughts on: drop it')
})

test('RateLimit_WithRetryAfter_SaysHowLongAndSendsAgain', async () => {
  await visit()
  fake.refusals.push({ status: 429, headers: { 'Retry-After': '3' }, message: 'slow down' })

  await say('hello')
  await sees('Too many requests. Wait 3 s.')

  await button('Try again').click()
  await sees('You said: hello')
  assert.equal(await page.locator('.user_message').count(), 1)
})

test('Sidecar_Gone_SaysSo', async () => {
  await visit()
  await fake.stop()

  await write('anybody there')
  await sees('does not answer')

  fake = await startFakeSidecar()
})

test('Token_RejectedOnce_IsRenewedUnseen', async () => {
  await visit()
  fake.revokeTokens()

  await say('hello')

  await sees('You said: hello')
})

test('Link_UsedUp_AsksForTheTerminalsUrl', async () => {
  const used = fake.url
  fake.spendCode()
  await page.goto(used)

  await sees('has been used up')

  await page.goto(fake.url)
  await page.locator('#model', { hasText: 'echo' }).waitFor()
})

test('Link_WithoutCode_AsksForTheTerminalsUrl', async () => {
  await page.goto(fake.origin)

  await sees('Open the URL from the terminal')
})

test('Reload_AfterAnswer_ShowsTheSameThread', async () => {
  await visit()
  await say('remember me')

  await page.reload()

  await sees('You said: remember me')
  assert.equal(await page.locator('#title').inputValue(), 'remember me')
})

test('Token_AfterSessionStarted_IsNowhereInThePage', async () => {
  await visit()

  await say('hello')

  const kept = await page.evaluate(() => JSON.stringify([location.href, { ...sessionStorage }, { ...localStorage }, document.cookie]) + document.documentElement.outerHTML)
  assert.doesNotMatch(kept, /ck_\d/)
  assert.doesNotMatch(kept, /first-code/)
})

test('History_LongThread_LoadsEveryPageInOrder', async () => {
  fake.addThread('Long one', { count: 31 })
  await visit()

  await page.locator('#side').getByText('Long one').click()
  await sees('Question 30')

  const shown = await page.locator('.bubble, .md').allTextContents()
  assert.deepEqual(shown, Array.from({ length: 31 }, (_, i) => `${i % 2 ? 'Answer' : 'Question'} ${i}`))
})

test('History_ManyThreads_AreAllThereInGroups', async () => {
  for (let i = 0; i < 150; i++) fake.addThread(`Thread ${i}`, { created: new Date(i < 100 ? 0 : Date.now()) })
  await visit()

  assert.deepEqual(await page.locator('nav h2').allTextContents(), ['Today', 'Earlier'])
  assert.equal(await page.locator('nav button').count(), 150)
  assert.equal(calls('threads.list').length, 2)
})

test('Rename_FromHistory_ChangesTitleEverywhere', async () => {
  fake.addThread('Old name', { count: 2 })
  await visit()
  await page.locator('#side').getByText('Old name').click()
  await sees('Answer 1')

  await retype(page.getByLabel('Title'), 'New name')
  await page.keyboard.press('Enter')
  await sees('New name', '#side')

  assert.equal(await page.title(), 'New name')
  assert.equal([...fake.threads.values()][0].title, 'New name')
})

test('Delete_Confirmed_RemovesTheThread', async () => {
  fake.addThread('Doomed', { count: 2 })
  await visit()
  await page.locator('#side').getByText('Doomed').click()
  await sees('Answer 1')

  await button('Delete').click()
  assert.equal(fake.threads.size, 1)
  await button('Delete for good?').click()
  await page.locator('.welcome').waitFor()

  assert.equal(fake.threads.size, 0)
  assert.equal(await page.locator('nav button').count(), 0)
})

test('OtherThread_OpenedWhileAnswering_LeavesTheAnswerRunning', async () => {
  fake.addThread('Elsewhere', { count: 2 })
  await visit()
  await write('slow please')
  await sees('One bold word')

  await page.locator('#side').getByText('Elsewhere').click()
  await sees('Answer 1')
  for (let i = 0; i < 3; i++) {
    await fake.until(f => f.gated)
    fake.release()
  }
  await page.locator('#side').getByText('slow please').click()

  await sees('One bold word then another')
})

test('Markdown_EveryConstruct_IsRendered', async () => {
  await visit()

  await say('markdown')

  const md = page.locator('.md')
  assert.equal(await md.locator('h2').textContent(), 'A heading')
  assert.deepEqual(await md.locator('p').first().evaluate(p => [...p.children].map(c => c.tagName)), ['STRONG', 'EM', 'CODE', 'STRONG', 'A', 'A'])
  assert.equal(await md.locator('a', { hasText: /^link$/ }).getAttribute('href'), 'https://example.com/a_(b)')
  assert.equal(await md.locator('a', { hasText: 'example.com/path' }).getAttribute('href'), 'https://example.com/path')
  assert.equal(await md.locator('a').first().getAttribute('rel'), 'noopener noreferrer')
  assert.equal(await md.locator('> ul > li').count(), 4)
  assert.equal(await md.locator('ul ul li').count(), 2)
  assert.equal(await md.locator('ol').getAttribute('start'), '3')
  assert.equal(await md.locator('blockquote strong').textContent(), 'weight')
  assert.deepEqual(await md.locator('tr').last().locator('td').allTextContents(), ['a | b', '3', 'yes'])
  assert.equal(await md.locator('pre').textContent(), 'var token = RandomNumberGenerator.GetHexString(64);\nConsole.WriteLine($"{token}");   // <b>not markup</b>')
  assert.equal(await md.locator('hr').count(), 1)
})

test('Markdown_Streamed_EndsLikeMarkdownAtOnce', async () => {
  await visit()
  await write('step by step')
  for (let i = 0; i < Math.ceil(MARKDOWN.length / 40); i++) {
    await fake.until(f => f.gated)
    await page.evaluate(() => new Promise(requestAnimationFrame))
    fake.release()
  }
  await idle()

  const streamed = await page.locator('.md').innerHTML()
  await page.reload()
  await sees('The end.')

  assert.equal(await page.locator('.md').innerHTML(), streamed)
})

test('Markdown_LongAnswer_KeepsFinishedBlocksInPlace', async () => {
  await visit()
  await page.evaluate(() => {
    window.replaced = 0
    new MutationObserver(all => all.forEach(m => m.removedNodes.forEach(n => { if (n.parentNode === null && m.target.classList?.contains('md')) window.replaced++ })))
      .observe(document.getElementById('log'), { childList: true, subtree: true })
  })

  await say('long')

  const blocks = await page.locator('.md > *').count(), frames = await page.evaluate(() => window.replaced)
  assert.ok((await page.locator('.md').textContent()).length > 50_000)
  assert.equal(await page.locator('.md .code').count(), 55)
  assert.ok(frames < blocks * 6, `${frames} blocks replaced for ${blocks}`)
})

test('Code_CopyPressed_PutsItOnTheClipboard', async () => {
  await visit()
  await say('markdown')

  await button('Copy code').click()
  await sees('Copied')

  assert.match(await page.evaluate(() => navigator.clipboard.readText()), /^var token = .*\nConsole/)
})

test('HostileText_Everywhere_StaysText', async () => {
  await visit()

  await say('xss')
  await sees('no tool named <img')
  await page.reload()
  await sees('no tool named <img')
  await page.locator('summary').evaluateAll(all => all.forEach(s => s.click()))

  assert.equal(await page.evaluate(() => window.pwned), undefined)
  const bad = await page.locator('#log, #side').evaluateAll(roots => roots.flatMap(r => [...r.querySelectorAll('*')]).filter(n =>
    n.tagName === 'SCRIPT' || [...n.attributes].some(a => a.name.startsWith('on') || /^(href|src)$/.test(a.name) && !/^https?:|^mailto:/.test(a.value))).map(n => n.outerHTML))
  assert.deepEqual(bad, [])
  assert.equal(await page.locator('img').count(), 0)
  assert.equal(await page.locator('#title').inputValue(), '<img src=x onerror=window.pwned=1>')
})

test('FormField_NamedPrototype_DoesNotPollute', async () => {
  await visit()
  await say('xss')

  await button('Pollute').click()
  await sees(/Action received/)

  assert.equal(await page.evaluate(() => ({}).pwned), undefined)
})

test('Reasoning_WithSources_FoldsIntoALine', async () => {
  await visit()
  await write('thinking')
  await sees('Thinking…')
  await fake.until(f => f.gated)
  fake.release()
  await sees('Thought for 3 s')
  await sees('Reading two pages')
  await fake.until(f => f.gated)
  fake.release()
  await idle()

  assert.equal(await page.getByText('Reading two pages').count(), 0)
  await page.locator('summary').click()
  await sees('Weighing the options')
  assert.equal(await page.locator('.tasks em').textContent(), 'sources')
  assert.equal(await page.locator('.tasks a').getAttribute('href'), 'https://learn.example/aot')
  assert.deepEqual(await page.locator('.sources li').allTextContents(), ['Native AOT deployment', 'notes.md'])
  await sees('These numbers are old.')
})

test('Image_WhileMade_ShowsProgressThenThePicture', async () => {
  await visit()
  await write('image')
  await page.locator('progress').waitFor()
  await fake.until(f => f.gated)
  fake.release()
  await page.locator('progress[value="0.5"]').waitFor()
  await fake.until(f => f.gated)
  fake.release()
  await idle()

  assert.equal(await page.locator('progress').count(), 0)
  assert.ok(await page.locator('.generated_image img').evaluate(i => i.decode().then(() => i.naturalWidth)) > 0)
})

test('Widget_ButtonAndForm_SendTheirActions', async () => {
  await visit()
  await say('widget')
  await sees('Inside an unknown part')
  await button('Subscribe').click()
  assert.equal(calls('threads.custom_action').length, 0, 'a required field is empty')
  await page.getByPlaceholder('you@example.com').pressSequentially('a@b.example')

  await button('Subscribe').click()
  await sees('Done: subscribe')

  assert.deepEqual(calls('threads.custom_action')[0].params.action,
    { type: 'subscribe', payload: { city: 'zrh', user: { mail: 'a@b.example' }, often: 'w', rain: true } })
})

test('Widget_SyncAction_ReplacesTheWidget', async () => {
  await visit()
  await say('widget')
  await page.getByPlaceholder('you@example.com').pressSequentially('a@b.example')

  await button('Refresh').click()
  await sees(/^Synced: /)

  assert.equal(calls('threads.sync_custom_action')[0].params.action.payload.n, 1)
})

test('StructuredInput_Answered_SendsValuesAndShowsThem', async () => {
  await visit()
  await say('form')
  assert.ok(await page.getByLabel('Message').isDisabled())
  await page.getByLabel('Teal').check()
  await page.getByLabel('Monday').check()
  await page.getByLabel('Which days?').pressSequentially('Sunday')

  await button('Send answers').click()
  await sees('Thank you.')

  assert.deepEqual(calls('threads.add_structured_input')[0].params.input, { status: 'answered', answers: {
    colour: { values: ['Teal'], skipped: false }, days: { values: ['Monday', 'Sunday'], skipped: false }, why: { values: [], skipped: true } } })
  await sees('Monday, Sunday')
  assert.ok(await page.getByLabel('Message').isEnabled())
})

test('StructuredInput_Skipped_SaysSo', async () => {
  await visit()
  await say('form')

  await button('Skip').click()
  await sees('Thank you.')

  assert.equal(calls('threads.add_structured_input')[0].params.input.status, 'skipped')
})

test('ClientTool_NotOffered_IsAnsweredWithAnError', async () => {
  await visit()

  await say('tool')

  assert.deepEqual(calls('threads.add_client_tool_output')[0].params.result, { error: 'this page has no tool named read_selection' })
  await sees(/^The tool said/)
})

test('ClientTool_Offered_RunsOnceWithItsArguments', async () => {
  await page.addInitScript(() => {
    window.aotsidecar = { clientTool: async (name, args) => ({ name, args, runs: window.runs = (window.runs ?? 0) + 1 }) }
  })
  await visit()

  await say('tool')

  assert.deepEqual(calls('threads.add_client_tool_output').map(c => c.params.result), [{ name: 'read_selection', args: { lines: null }, runs: 1 }])
})

test('Transport_Injected_ReplacesThePagesOwn', async () => {
  await page.addInitScript(() => {
    const asked = window.asked = []
    window.aotsidecar = { endpoint: 'https://elsewhere.example/chatkit', model: 'injected',
      getToken: async rejected => { asked.push(rejected ?? null); return asked.length > 1 ? 'fresh' : 'stale' },
      fetch: async (url, { headers }) => { asked.push(url + ' ' + headers.Authorization)
        return headers.Authorization === 'Bearer stale' ? new Response('{}', { status: 401 }) : Response.json({ data: [], has_more: false }) } }
  })

  await page.goto(fake.origin)
  await page.locator('#model', { hasText: 'injected' }).waitFor()
  await page.waitForFunction(() => window.asked.length === 4)

  const address = 'https://elsewhere.example/chatkit Bearer '
  assert.deepEqual(await page.evaluate(() => window.asked), [null, address + 'stale', 'stale', address + 'fresh'])
  assert.equal(fake.requests.length, 0)
})

test('Thread_Locked_TakesNoMessageAndNoRetryAndSaysWhy', async () => {
  await visit()

  await say('lock')

  assert.ok(await page.getByLabel('Message').isDisabled())
  assert.equal(await page.getByLabel('Message').getAttribute('placeholder'), 'Handed over to a person')
  assert.ok(await button('Send').isDisabled())
  assert.equal(await button('Answer again').count(), 0)
})

test('EventStream_EveryLegalFraming_IsRead', async () => {
  await visit()

  await say('framing')

  await sees('CR, CRLF and comments ☃ survive')
  assert.equal(await page.getByText('cut off').count(), 0)
})

test('Items_Removed_AreGoneAndRetryTakesTheWholeTurn', async () => {
  await visit()

  await say('turns')

  await sees('Filed')
  assert.equal(await page.getByText('Removed again').count(), 0)
  await button('Answer again').click()
  await sees('Second thoughts on: turns')
  assert.equal(await page.getByText('First part.').count(), 0)
})

test('Feedback_Given_NamesTheTurnsItems', async () => {
  await visit()
  await say('hello')

  await button('Good answer').click()
  await page.locator('[aria-pressed=true]').waitFor()

  const [thread] = fake.threads.values()
  assert.deepEqual(calls('items.feedback')[0].params, { thread_id: thread.id, item_ids: [thread.store[1].id], kind: 'positive' })
})

test('Composer_ShiftEnterAndComposition_DoNotSend', async () => {
  await visit()
  const input = page.getByLabel('Message')
  await input.pressSequentially('line')

  await page.keyboard.press('Shift+Enter')
  await input.dispatchEvent('keydown', { key: 'Enter', isComposing: true, bubbles: true, cancelable: true })
  await input.dispatchEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, cancelable: true })

  assert.equal(await input.inputValue(), 'line\n')
  assert.equal(calls('threads.create').length, 0)
})

test('Scroll_ReaderWentUp_StaysThere', async () => {
  await visit()
  await say('long')
  const log = page.locator('#log')
  await page.waitForFunction(() => { const l = document.getElementById('log'); return l.scrollHeight - l.scrollTop - l.clientHeight < 40 })

  await write('slow')
  await sees('One bold word')
  await log.evaluate(l => { l.scrollTop = 100 })
  await fake.until(f => f.gated)
  fake.release()
  await page.locator('.live', { hasText: 'then' }).waitFor()

  assert.equal(await log.evaluate(l => l.scrollTop), 100)
})

for (const colorScheme of ['light', 'dark'])
  test(`Scheme_${colorScheme}_KeepsTextReadable`, async () => {
    await fresh({ colorScheme })
    await visit()

    await say('hello')

    const luminance = await page.evaluate(() => ['color', 'backgroundColor'].map(p => {
      const [r, g, b] = getComputedStyle(document.body)[p].match(/\d+/g).map(v => (v / 255) ** 2.2)
      return 0.2126 * r + 0.7152 * g + 0.0722 * b
    }))
    assert.equal(luminance[1] > luminance[0], colorScheme === 'light')
    assert.ok((Math.max(...luminance) + 0.05) / (Math.min(...luminance) + 0.05) > 10)
  })

test('Narrow_320_HasNoSidewaysScrollAndADrawer', async () => {
  await fresh({ viewport: { width: 320, height: 600 } })
  fake.addThread('Tucked away', { count: 2 })
  await visit()

  await say('markdown')
  assert.equal(await page.evaluate(() => document.scrollingElement.scrollWidth), 320)
  assert.ok(await page.locator('#log').evaluate(l => l.scrollWidth <= l.clientWidth))
  assert.ok(!await page.locator('#side').isVisible())
  await page.locator('#menu').click()
  await page.locator('#side').getByText('Tucked away').click()
  await sees('Answer 1')

  assert.ok(!await page.locator('#side').isVisible())
})

test('Keyboard_FromTheTop_ReachesEveryControlInSight', async () => {
  fake.addThread('By keyboard', { count: 2 })
  await visit()
  const reached = new Set()

  for (let i = 0; i < 14; i++) {
    await page.keyboard.press('Tab')
    reached.add(await page.evaluate(() => document.activeElement.ariaLabel ?? document.activeElement.textContent))
  }

  for (const name of ['Conversations', 'New chat', 'By keyboard', 'Message', 'Send']) assert.ok(reached.has(name), name)
})
