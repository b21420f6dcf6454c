import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { type Browser, type BrowserContextOptions, chromium, type Frame, type LaunchOptions, type Page } from 'playwright-core';

/** A busy machine with two cores takes its time to start an editor. */
export const patienceMs = 60_000;

export const browserOptions: LaunchOptions = {
  executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
  args: [
    ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
    ...['--disable-component-update', '--disable-sync'],
  ],
};

const screenshots = resolve(__dirname, '../../TestResults/e2e');

/** The editor in a browser, worked as a person does: by its command palette, its boxes and its chat. */
export class Workbench {
  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  static async open(url: string, folder: string, view: BrowserContextOptions, prepare: (page: Page) => Promise<void>): Promise<Workbench> {
    const browser = await chromium.launch(browserOptions);
    try {
      const page = await browser.newPage(view);
      page.setDefaultTimeout(patienceMs);
      await prepare(page);
      await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
      const workbench = new Workbench(browser, page);
      await workbench.isReady();
      return workbench;
    } catch (error) {
      await browser.close();
      throw error;
    }
  }

  /** The status item is the extension's first sign of life. */
  async isReady(): Promise<void> {
    await this.page.locator('.statusbar-item', { hasText: 'AotSidecar' }).waitFor();
  }

  /**
   * By the command palette, which closes as soon as something else takes the focus: a step that moves the focus, as the
   * opening of a view does, is to be waited for by whoever takes it.
   */
  async run(command: string): Promise<void> {
    const box = this.page.locator('.quick-input-widget');
    await box.waitFor({ state: 'hidden' });
    await this.page.keyboard.press('F1');
    // The box opens with the `>` of a command.
    await box.locator('.input').pressSequentially(command);
    // By its whole name: the palette puts first what was used last, and that may be a longer one.
    const name = new RegExp(`^${command.replace(/[.()]/g, '\\$&')}(…|\\.\\.\\.)?$`);
    const label = this.page.locator('.monaco-highlighted-label', { hasText: name });
    await this.page.locator('.quick-input-list .monaco-list-row').filter({ has: label }).first().click();
  }

  /** Answers the box that asks for `about`. */
  async type(about: string, text: string): Promise<void> {
    await this.#box(about);
    const input = this.page.locator('.quick-input-widget .input');
    // What is there is selected, as a person finds it.
    await input.pressSequentially(text);
    await input.press('Enter');
    await this.#box(about, 'hidden');
  }

  /** Leaves the box that asks for `about` without an answer. */
  async dismiss(about: string): Promise<void> {
    await this.#box(about);
    await this.page.locator('.quick-input-widget .input').press('Escape');
    await this.#box(about, 'hidden');
  }

  async pick(about: string, label: string): Promise<void> {
    await this.#box(about);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
    await this.#box(about, 'hidden');
  }

  async pressInDialog(button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.getByRole('button', { name: button }).click();
    await dialog.waitFor({ state: 'hidden' });
  }

  /** With the mouse: an editor that has just been opened may take the focus from the palette. */
  async closeEditor(title: string): Promise<void> {
    const tab = this.page.locator('.tab', { hasText: title });
    await tab.locator('.codicon-close').click();
    await tab.waitFor({ state: 'detached' });
  }

  /** The page that asks for consent, once it is there; it does not take the focus. */
  async isAsked(question: string): Promise<Frame> {
    return eventually(`the question "${question}"`, async () => {
      for (const frame of this.page.frames()) {
        const asks = await frame.evaluate(() => document.querySelector('#consent') && document.body.innerText).catch(() => null);
        if (asks?.includes(question)) {
          return frame;
        }
      }
      return undefined;
    });
  }

  async sees(text: string): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** The frame that shows the chat and has the focus: webviews are frames in frames, and keys on the way in are lost. */
  async chat(selector: string): Promise<Frame> {
    return eventually(`a frame with ${selector} and the focus`, async () => {
      for (const frame of this.page.frames()) {
        const isIt = await frame.evaluate((wanted) => document.querySelector(wanted) !== null && document.hasFocus(), selector).catch(() => false);
        if (isIt) {
          return frame;
        }
      }
      return undefined;
    });
  }

  /** The lines that the output view shows, which has the focus. */
  async output(text: string): Promise<void> {
    const panel = this.page.locator('.part.panel');
    await panel.locator('textarea:focus').waitFor({ state: 'attached' });
    await panel.locator('.view-lines', { hasText: text }).waitFor();
  }

  async status(text: string): Promise<void> {
    await this.page.locator(`.statusbar-item[aria-label*="${text}"]`).waitFor();
  }

  async photograph(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`), animations: 'disabled' });
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  async #box(about: string, state: 'visible' | 'hidden' = 'visible'): Promise<void> {
    const asks = this.page.locator(`text=${about}`).or(this.page.locator(`[placeholder*="${about}"]`));
    await this.page.locator('.quick-input-widget').filter({ has: asks }).waitFor({ state });
  }
}

/** For what has no event: asks again until there is an answer. */
export async function eventually<T>(what: string, look: () => T | undefined | Promise<T | undefined>, withinMs = patienceMs): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) {
      return found;
    }
    if (performance.now() > deadline) {
      throw new Error(`${what} was not there after ${withinMs / 1000} s`);
    }
    await after(50);
  }
}
