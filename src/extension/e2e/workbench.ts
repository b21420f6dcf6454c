import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { type Browser, chromium, type Frame, type Page } from 'playwright-core';

/** A busy machine with two cores takes its time to start an editor. */
export const patienceMs = 60_000;

const screenshots = resolve(__dirname, '../../TestResults/e2e');

/** The editor in a browser, worked as a person does: by its command palette, its boxes and its chat. */
export class Workbench {
  private constructor(
    private readonly browser: Browser,
    readonly page: Page,
  ) {}

  static async open(url: string, folder: string, prepare: (page: Page) => Promise<void>): Promise<Workbench> {
    const browser = await chromium.launch({
      executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
      args: [
        ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
        ...['--disable-component-update', '--disable-sync'],
      ],
    });
    const page = await browser.newPage({ viewport: { width: 1280, height: 860 } });
    page.setDefaultTimeout(patienceMs);
    await prepare(page);
    await page.goto(`${url}/?folder=${encodeURIComponent(folder)}`);
    const workbench = new Workbench(browser, page);
    await workbench.isReady();
    return workbench;
  }

  /** The status item is the extension's first sign of life. */
  async isReady(): Promise<void> {
    await this.page.locator('.statusbar-item', { hasText: 'AotSidecar' }).waitFor();
  }

  async run(command: string): Promise<void> {
    await this.page.keyboard.press('F1');
    const input = this.page.locator('.quick-input-widget .input');
    await input.fill(`>${command}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: command }).first().waitFor();
    await input.press('Enter');
  }

  /** Answers the box that asks for `about`. */
  async type(about: string, text: string): Promise<void> {
    await this.#box(about);
    const input = this.page.locator('.quick-input-widget .input');
    await input.fill(text);
    await input.press('Enter');
    await this.page.locator('.quick-input-widget', { hasText: about }).waitFor({ state: 'hidden' });
  }

  async pick(about: string, label: string): Promise<void> {
    await this.#box(about);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  }

  async pressInDialog(button: string): Promise<void> {
    await this.page.locator('.monaco-dialog-box').getByRole('button', { name: button }).click();
  }

  async isAsked(question: string): Promise<void> {
    await this.page.locator('.monaco-dialog-box', { hasText: question }).waitFor();
  }

  async sees(text: string): Promise<void> {
    await this.page.getByText(text).first().waitFor();
  }

  /** The frame that shows the chat: webviews are frames in frames. */
  async chat(selector: string): Promise<Frame> {
    return eventually(`a frame with ${selector}`, async () => {
      for (const frame of this.page.frames()) {
        if ((await frame.locator(selector).count().catch(() => 0)) > 0) {
          return frame;
        }
      }
      return undefined;
    });
  }

  async photograph(name: string): Promise<void> {
    mkdirSync(screenshots, { recursive: true });
    await this.page.screenshot({ path: join(screenshots, `${name}.png`) });
  }

  close(): Promise<void> {
    return this.browser.close();
  }

  async #box(about: string): Promise<void> {
    await this.page.locator('.quick-input-widget').filter({ has: this.page.locator(`text=${about}`).or(this.page.locator(`[placeholder*="${about}"]`)) }).waitFor();
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
