/** Writes profiles into the built page, as Weir does it, and opens it. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { test as base, expect, type Locator, type Page } from '@playwright/test';

const PLACEHOLDER = '<!--weir-profiles-->';
const built = new URL('../dist/report.html', import.meta.url);

export interface Written {
  readonly other?: unknown;
  readonly deflated?: boolean;
}

/** Opens pages, and holds each of them to raising no error and asking nobody for anything. */
export class Opener {
  readonly problems: string[] = [];
  readonly #folder = mkdtempSync(join(tmpdir(), 'weir-report-'));

  constructor(private readonly page: Page) {
    page.on('pageerror', (error) => this.problems.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
    page.on('request', (request) => {
      if (!request.url().startsWith('file:')) this.problems.push(`asked for ${request.url()}`);
    });
  }

  /** Returns when the page is built and has drawn a frame. */
  async profile(profile: unknown, { other, deflated = false }: Written = {}): Promise<void> {
    const element = deflated ? deflatedElement : plainElement;
    const elements = [element('profile', profile)];
    if (other !== undefined) elements.push(element('other-profile', other));
    await this.html(elements.join('\n'));
  }

  /** With this in place of the line for the profiles. */
  async html(scripts: string): Promise<void> {
    const html = readFileSync(built, 'utf8');
    expect(html.split(`\n${PLACEHOLDER}\n`), 'one line for the profiles').toHaveLength(2);
    const file = join(this.#folder, 'report.html');
    writeFileSync(
      file,
      html.replace(PLACEHOLDER, () => scripts),
    );
    await this.page.goto(pathToFileURL(file).href);
    await this.page.locator('html[data-ready]').waitFor();
    await this.page.evaluate(frame);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true });
  }
}

const frame = () =>
  new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));

export const test = base.extend<{ open: Opener }>({
  open: async ({ page }, use) => {
    const opener = new Opener(page);
    await use(opener);
    opener.close();
    expect(opener.problems).toEqual([]);
  },
});
export { expect };

/** A name with `</script>` in it must not end the element, so `<` is written as JSON's escape. */
const plainElement = (id: string, value: unknown) =>
  `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;

const deflatedElement = (id: string, value: unknown) =>
  `<script type="application/octet-stream" data-encoding="deflate-base64" id="${id}">` +
  `${deflateRawSync(JSON.stringify(value)).toString('base64')}</script>`;

/** The texts of a table's column, from its first row to its last. */
export async function column(region: Locator, title: string): Promise<string[]> {
  const titles = await region.locator('thead th').allTextContents();
  const index = titles.indexOf(title);
  expect(titles, `a column "${title}"`).toContain(title);
  return region.locator(`tbody tr > :nth-child(${index + 1})`).allTextContents();
}

export const table = (page: Page, name: string): Locator =>
  page.getByRole('region', { name, exact: true });
