// The gates in a real browser, against the published executable. A refused attempt is told apart from one that the
// browser itself held back: the sidecar counts its refusals by code, and the host and the provider count what got through.
import assert from 'node:assert/strict'
import { after, afterEach, before, beforeEach, test as unboundedTest } from 'node:test'
import { launch } from './browser.mjs'
import { startProvider, startSite } from './servers.mjs'
import { startSidecar } from '../shared/sidecar.mjs'

const WORDS = ['one', ' two', ' three']
const CREATE = JSON.stringify({
  type: 'threads.create',
  params: { input: { content: [{ type: 'input_text', text: 'count' }], attachments: [], quoted_text: '', inference_options: {} } },
})
const MINT = JSON.stringify({ secret_key_id: 'page' })

// Hands what the page asks for on to the network itself, and tries on its own account when told to.
const WORKER = `
addEventListener('install', () => skipWaiting())
addEventListener('activate', event => event.waitUntil(clients.claim()))
addEventListener('fetch', event => event.respondWith(fetch(event.request)))
addEventListener('message', async ({ data, ports }) => {
  const outcomes = []
  for (const [url, options] of data) outcomes.push(await fetch(url, options).then(reply => reply.type + ' ' + reply.status, error => error.name))
  ports[0].postMessage(outcomes)
})`

// An attempt that succeeds may wait for the provider's second word for ever.
const test = (name, body) => unboundedTest(name, { timeout: 20_000 }, body)

let browser, context, page, sidecar, provider, allowed, other, token
before(async () => {
  provider = await startProvider(WORDS)
  allowed = await startSite(WORKER)
  other = await startSite(WORKER)
  sidecar = await startSidecar('--allow-origin', allowed.origin, '--upstream-url', `${provider.origin}/v1`, '--log-level', 'error')
  sidecar.secrets.set('page', { secret: 'sk-of-the-page' })
  token = (await sidecar.mint('page')).token
  browser = await launch('--host-resolver-rules=MAP rebind.example 127.0.0.1')
})
after(async () => {
  await browser?.close()
  await sidecar?.stop()
  await Promise.all([provider, allowed, other].map(server => server?.close()))
})
beforeEach(async () => {
  context = await browser.newContext()
  page = await context.newPage()
})
afterEach(() => context.close())

// Every refusal so far, by its code.
const refusals = async () => (await sidecar.status()).counters.refusals ?? {}
const bearer = credential => ({ Authorization: `Bearer ${credential}`, 'Content-Type': 'application/json' })
// The same two wishes in every test: a session from the launch secret, and an answer from a token.
const wishes = options => [
  [`${sidecar.origin}/sessions`, { method: 'POST', body: MINT, headers: bearer(sidecar.launchSecret), ...options }],
  [`${sidecar.origin}/chatkit`, { method: 'POST', body: CREATE, headers: bearer(token), ...options }],
]
// What a page or its worker saw of each: the reply's type and status, or the error.
const fetchAll = requests => page.evaluate(async requests => {
  const outcomes = []
  for (const [url, options] of requests) outcomes.push(await fetch(url, options).then(async r => `${r.type} ${r.status} ${await r.text()}`, e => e.name))
  return outcomes
}, requests)

/** Runs an attack and tells what the sidecar refused meanwhile; nothing may have come of it. */
async function refusedDuring(attack) {
  const refused = await refusals(), given = sidecar.secretsGiven, asked = provider.requests
  await attack()
  assert.deepEqual([sidecar.secretsGiven, provider.requests], [given, asked], 'no key given out, no provider asked')
  const now = await refusals(), delta = {}
  for (const code in now) if (now[code] !== (refused[code] ?? 0)) delta[code] = now[code] - (refused[code] ?? 0)
  return delta
}

test('a page of another origin neither mints nor uses a session', async () => {
  await page.goto(other.origin)

  const refused = await refusedDuring(async () => {
    assert.deepEqual(await fetchAll(wishes({})), ['TypeError', 'TypeError'])
    // Without a header that needs a preflight the request itself is sent.
    assert.deepEqual(await fetchAll(wishes({ headers: {} })), ['TypeError', 'TypeError'])
  })

  assert.deepEqual(refused, { origin_not_allowed: 4 })
})

test('a page that reaches the port under a rebound name is refused by its Host', async () => {
  // As after a change of the name's address: the attacker's script runs under the origin that the sidecar now answers for.
  // The script stands in the refusal's own document, whose policy would hold it back before the gate is asked.
  const rebound = `http://rebind.example:${sidecar.port}`
  await context.close()
  context = await browser.newContext({ bypassCSP: true })
  page = await context.newPage()

  const refused = await refusedDuring(async () => {
    const opened = await page.goto(`${rebound}/sessions`)
    assert.equal(opened.status(), 403)
    assert.equal((await opened.json()).error.code, 'host_not_allowed')
    for (const outcome of await fetchAll(wishes({}).map(([url, options]) => [url.replace(sidecar.origin, rebound), options]))) {
      assert.match(outcome, /^basic 403 .*"host_not_allowed"/)
    }
  })

  // How many is left open: with the policy set aside the browser may ask for an icon as well.
  assert.deepEqual(Object.keys(refused), ['host_not_allowed'])
})

test('a page under a rebindable name on another port is refused by its Host and by its Origin', async () => {
  await page.goto(`http://rebind.example:${other.port}`)

  const refused = await refusedDuring(async () => {
    const rebound = wishes({}).map(([url, options]) => [url.replace('127.0.0.1', 'rebind.example'), options])
    assert.deepEqual(await fetchAll([...rebound, ...wishes({})]), Array(4).fill('TypeError'))
  })

  assert.deepEqual(refused, { host_not_allowed: 2, origin_not_allowed: 2 })
})

for (const [whose, code] of [['other', 'origin_not_allowed'], ['allowed', 'unsupported_media_type']]) {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
    test(`a form of ${type} on a page of the ${whose} origin posts in vain`, async () => {
      const refused = await refusedDuring(async () => {
        for (const [path, field] of [['/sessions', MINT], ['/chatkit', CREATE]]) {
          page = await context.newPage()
          await page.goto({ other, allowed }[whose].origin)
          const replied = page.waitForResponse(response => response.url() === sidecar.origin + path)
          await page.evaluate(([action, enctype, name]) => {
            const form = Object.assign(document.createElement('form'), { method: 'post', action, enctype })
            form.append(Object.assign(document.createElement('input'), { name, value: '' }))
            document.body.append(form)
            form.submit()
          }, [sidecar.origin + path, type, field])
          assert.equal((await replied).status(), code === 'origin_not_allowed' ? 403 : 415)
        }
      })

      assert.deepEqual(refused, { [code]: 2 })
    })
  }
}

for (const whose of ['other', 'allowed']) {
  test(`an image on a page of the ${whose} origin shows nothing`, async () => {
    await page.goto({ other, allowed }[whose].origin)

    const refused = await refusedDuring(async () => {
      const outcomes = await page.evaluate(urls => Promise.all(urls.map(src => new Promise(resolve => {
        Object.assign(new Image(), { src, onload: () => resolve('shown'), onerror: () => resolve('refused') })
      }))), [`${sidecar.origin}/v1/models`, `${sidecar.origin}/threads?q=a&token=${token}`, `${sidecar.origin}/sessions`])
      assert.deepEqual(outcomes, ['refused', 'refused', 'refused'])
    })

    assert.deepEqual(refused, { method_not_allowed: 1, origin_not_allowed: 2 })
  })

  test(`a no-cors fetch from a page of the ${whose} origin is refused`, async () => {
    await page.goto({ other, allowed }[whose].origin)

    const refused = await refusedDuring(async () => {
      const get = [`${sidecar.origin}/v1/models`, { mode: 'no-cors', headers: bearer(token) }]
      for (const outcome of await fetchAll([...wishes({ mode: 'no-cors' }), get])) assert.match(outcome, /^TypeError$|^opaque 0 $/)
    })

    // The mode strips the credential and the content type, so that an allowed page's post has the wrong type.
    assert.deepEqual(refused, whose === 'other' ? { origin_not_allowed: 3 } : { origin_not_allowed: 1, unsupported_media_type: 2 })
  })
}

test('a service worker of another origin is refused, on its own account and for its page', async () => {
  await page.goto(other.origin)
  await page.evaluate(async () => {
    const claimed = new Promise(resolve => navigator.serviceWorker.addEventListener('controllerchange', resolve, { once: true }))
    await navigator.serviceWorker.register('/worker.js')
    if (!navigator.serviceWorker.controller) await claimed
  })

  const refused = await refusedDuring(async () => {
    const outcomes = await page.evaluate(requests => new Promise(resolve => {
      const channel = new MessageChannel()
      channel.port1.onmessage = ({ data }) => resolve(data)
      navigator.serviceWorker.controller.postMessage(requests, [channel.port2])
    }), [...wishes({}), ...wishes({ mode: 'no-cors' })])
    for (const outcome of [...outcomes, ...await fetchAll(wishes({}))]) assert.match(outcome, /^TypeError$|^opaque 0$/)
  })

  assert.deepEqual(refused, { origin_not_allowed: 6 })
})

test('an allowed origin with a token streams an answer word by word, and without one reads why not', async () => {
  await page.goto(allowed.origin)
  await page.exposeFunction('readFirstWord', () => provider.firstWordWasRead())
  const asked = provider.requests

  const [, chatkit] = wishes({})
  const words = await page.evaluate(async ([url, options]) => {
    const words = [], reply = await fetch(url, options), lines = reply.body.pipeThrough(new TextDecoderStream()).getReader()
    let text = ''
    for (let read; !(read = await lines.read()).done;) {
      const events = (text + read.value).split('\n\n')
      text = events.pop()
      for (const event of events) {
        const delta = event.startsWith('data: ') && JSON.parse(event.slice(6)).update?.delta
        if (delta && words.push(delta) === 1) await window.readFirstWord()
      }
    }
    return words
  }, chatkit)
  const [none, wrongScope] = await fetchAll([
    [chatkit[0], { ...chatkit[1], headers: { 'Content-Type': 'application/json' } }],
    [chatkit[0], { ...chatkit[1], headers: bearer(sidecar.launchSecret) }],
  ])

  assert.deepEqual([words[0], words.join('')], [WORDS[0], WORDS.join('')])
  assert.deepEqual([provider.requests, provider.key], [asked + 1, 'Bearer sk-of-the-page'])
  assert.match(none, /^cors 401 .*"missing_credential"/)
  assert.match(wrongScope, /^cors 403 .*"insufficient_scope"/)
})
