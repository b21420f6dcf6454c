// The page without a mouse: what is typed goes where a person expects it, and every key can leave where it came from.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test } from 'node:test'
import { launch } from './browser.mjs'
import { startFakeSidecar } from './fake-sidecar.mjs'

let browser, context, page, fake
before(async () => { browser = await launch() })
after(() => browser.close())
beforeEach(async () => {
  fake = await startFakeSidecar()
  context = await browser.newContext({ viewport: { width: 1000, height: 700 } })
  context.setDefaultTimeout(10_000)
  page = await context.newPage()
})
afterEach(async () => {
  await context.close()
  await fake.stop()
})

const keys = async (...names) => { for (const name of names) await page.keyboard.press(name) }
const type = text => page.keyboard.type(text)
const title = () => page.locator('#title')
const sees = (words, within = '#log') => page.locator(within).getByText(words).first().waitFor()
const focused = () => page.evaluate(() => document.activeElement.id)
const renames = () => fake.requests.filter(r => r.type === 'threads.update').map(r => r.params.title)
/** The page shows the new title before the sidecar has it. */
const renamed = title => fake.until(() => renames().includes(title))

/** One conversation, open, with the focus in the selected title. */
async function openTitle(name = 'Old name') {
  fake.addThread(name, { count: 2 })
  await page.goto(fake.url)
  await sees(name, '#side')
  await page.locator('#side').getByText(name).focus()
  await keys('Enter')
  await sees('Answer 1')
  for (let i = 0; i < 20 && await focused() !== 'title'; i++) await keys('Shift+Tab')
  assert.equal(await focused(), 'title')
}

test('Page_Opened_TakesWhatIsTypedAtOnce', async () => {
  await page.goto(fake.url)
  await page.locator('#model', { hasText: 'echo' }).waitFor()

  await type('hello')
  await keys('Enter')

  await sees('You said: hello')
})

test('Message_SentWhileTheConversationLoads_GoesToIt', async () => {
  fake.addThread('Earlier', { count: 31 })
  await page.goto(fake.url)
  await page.locator('#side').getByText('Earlier').focus()

  await page.evaluate(() => {
    document.activeElement.click()
    document.getElementById('input').focus()
  })
  await type('and now')
  await keys('Enter')
  await sees('You said: and now')

  assert.deepEqual(fake.requests.filter(r => r.params.input).map(r => r.type), ['threads.add_user_message'])
})

test('New_ByKeyboard_FocusesTheComposer', async () => {
  await openTitle()
  for (let i = 0; i < 20 && await focused() !== 'new'; i++) await keys('Tab')

  await keys('Enter')
  await type('afresh')
  await keys('Enter')

  await sees('You said: afresh')
  assert.equal(fake.threads.size, 2)
})

test('Escape_WhileAnswering_Stops', async () => {
  await page.goto(fake.url)
  await page.locator('#model', { hasText: 'echo' }).waitFor()
  await type('slow please')
  await keys('Enter')
  await sees('One bold word')

  await keys('Escape')

  await sees('Stopped.')
})

test('Title_TypedAndEnter_IsRenamedAndTheComposerHasTheFocus', async () => {
  await openTitle()

  await keys('Control+A')
  await type('New näme 日本')
  await keys('Enter')
  await sees('New näme 日本', '#side')

  await renamed('New näme 日本')
  assert.equal(await focused(), 'input')
})

test('Title_EditedInTheMiddle_TakesEveryKey', async () => {
  await openTitle('abcdef')

  await keys('Home', 'ArrowRight', 'Delete', 'End', 'Backspace')
  await type('!')
  await keys('Enter')
  await sees('acde!', '#side')

  await renamed('acde!')
})

for (const [key, next] of [['Tab', 'delete'], ['Shift+Tab', 'menu']])
  test(`Title_TypedAnd${key}_IsRenamedAndLeft`, async () => {
    await openTitle()

    await keys('Control+A')
    await type('Left behind')
    await keys(key)
    await sees('Left behind', '#side')

    await renamed('Left behind')
    assert.equal(await focused(), next)
  })

test('Title_Untouched_IsPassedByTab', async () => {
  await openTitle()

  await keys('Tab')

  assert.equal(await focused(), 'delete')
  assert.deepEqual(renames(), [])
})

test('Title_Escape_KeepsTheOldOne', async () => {
  await openTitle()

  await keys('Control+A')
  await type('Never')
  await keys('Escape')

  assert.equal(await title().inputValue(), 'Old name')
  assert.equal(await focused(), 'input')
  assert.deepEqual(renames(), [])
})

test('Title_EmptiedAndEnter_KeepsTheOldOne', async () => {
  await openTitle()

  await keys('Control+A', 'Delete', 'Enter')

  assert.equal(await title().inputValue(), 'Old name')
  assert.deepEqual(renames(), [])
})

test('Title_EnterOfAComposition_BelongsToTheComposition', async () => {
  await openTitle()
  const session = await context.newCDPSession(page)
  await keys('Control+A')

  await session.send('Input.imeSetComposition', { text: 'に', selectionStart: 1, selectionEnd: 1 })
  // As Chromium reports a key that the input method takes.
  await session.send('Input.dispatchKeyEvent', { type: 'rawKeyDown', key: 'Enter', code: 'Enter', windowsVirtualKeyCode: 229 })
  const during = await focused()
  await session.send('Input.insertText', { text: '日本' })
  await keys('Enter')
  await sees('日本', '#side')

  assert.equal(during, 'title')
  await renamed('日本')
})

test('Title_VeryLong_IsCutAtItsMostAndSideScrollsNothing', async () => {
  await openTitle('x'.repeat(1000))
  await keys('Control+A')

  await type('long '.repeat(60))
  await keys('Enter')
  await sees(/^long long/, '#side')

  // Two hundred characters, and no blank at the end.
  await renamed('long '.repeat(40).trim())
  assert.equal(await page.evaluate(() => document.scrollingElement.scrollWidth), 1000)
})

test('Title_OfAConversationThatIsLeft_RenamesThatOne', async () => {
  fake.addThread('Second', { count: 2 })
  await openTitle('First')
  await keys('Control+A')
  await type('First, renamed')

  await page.evaluate(() => [...document.querySelectorAll('.open')].find(b => b.textContent === 'Second').click())
  await sees('First, renamed', '#side')

  await renamed('First, renamed')
  assert.equal(fake.requests.find(r => r.type === 'threads.update').params.thread_id, [...fake.threads.keys()][1])
  assert.equal(await title().inputValue(), 'Second')
})

test('Title_RenameRefused_GoesBackAndSaysSo', async () => {
  await openTitle()
  fake.refusals.push({ status: 507, message: 'The disk is full.' })

  await keys('Control+A')
  await type('Not to be')
  await keys('Enter')
  await sees('The disk is full.')

  await sees('Old name', '#side')
  assert.equal(await title().inputValue(), 'Old name')
})

test('Title_WhileTheFirstAnswerStreams_IsTheQuestion', async () => {
  await page.goto(fake.url)
  await page.locator('#model', { hasText: 'echo' }).waitFor()

  await type('slow please')
  await keys('Enter')
  await sees('One bold word')

  assert.equal(await title().inputValue(), 'slow please')
  await sees('slow please', '#side')
})

test('Controls_ByTab_AreReachedAndLeftAgain', async () => {
  await openTitle()
  const reached = []

  for (let i = 0; i < 12; i++) {
    await keys('Tab')
    reached.push(await page.evaluate(() => document.activeElement.ariaLabel || document.activeElement.textContent))
  }

  for (const name of ['Title', 'Delete', 'New chat', 'Message', 'Send', 'Conversations']) assert.ok(reached.includes(name), `${name} of ${reached}`)
})

test('Draft_Reloaded_IsStillThere', async () => {
  await page.goto(fake.url)
  await page.locator('#model', { hasText: 'echo' }).waitFor()
  await type('not yet sent')

  await page.reload()

  assert.equal(await page.locator('#input').inputValue(), 'not yet sent')
  await page.locator('#model', { hasText: 'echo' }).waitFor()
  await page.locator('#input').press('Enter')
  await sees('You said: not yet sent')
  await page.reload()
  await sees('You said: not yet sent')
  assert.equal(await page.locator('#input').inputValue(), '')
})

test('Remedy_OfTheSurroundings_IsAButtonAndEndsTheError', async () => {
  await page.addInitScript(() => {
    let hasKey = false
    window.aotsidecar = { endpoint: 'chatkit',
      fetch: async () => hasKey ? Response.json({ data: [], has_more: false }) : Response.json({ error: { code: 'no_key' }, message: 'There is no key.' }, { status: 403 }),
      remedies: { no_key: { label: 'Set the key', apply: () => { hasKey = true; window.aotsidecar.remedied('no_key') } } } }
  })
  await page.goto(fake.origin)
  await sees('There is no key.')

  await page.getByRole('button', { name: 'Set the key' }).focus()
  await keys('Enter')

  await page.locator('.welcome').waitFor()
  assert.equal(await page.getByText('There is no key.').count(), 0)
})
