/** Writes profiles into the built page, as Weir does it, and opens it. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import type { Page } from '@playwright/test';

const PLACEHOLDER = '<!--weir-profiles-->';
const built = new URL('../dist/report.html', import.meta.url);

export interface Written {
  readonly other?: unknown;
  readonly deflated?: boolean;
}

/** The address of the file. */
export function writePage(profile: unknown, { other, deflated = false }: Written = {}): string {
  const element = deflated ? deflatedElement : plainElement;
  const scripts = [
    element('profile', profile),
    ...(other === undefined ? [] : [element('other-profile', other)]),
  ];
  return writeHtml(scripts.join('\n'));
}

export function writeHtml(scripts: string): string {
  const page = readFileSync(built, 'utf8');
  if (page.split(`\n${PLACEHOLDER}\n`).length !== 2)
    throw new Error('the page has not one line for the profiles');
  const file = join(mkdtempSync(join(tmpdir(), 'weir-report-')), 'report.html');
  writeFileSync(
    file,
    page.replace(PLACEHOLDER, () => scripts),
  );
  return pathToFileURL(file).href;
}

/** A name with `</script>` in it must not end the element, so `<` is written as JSON's escape. */
const plainElement = (id: string, value: unknown) =>
  `<script type="application/json" id="${id}">${JSON.stringify(value).replaceAll('<', '\\u003c')}</script>`;

const deflatedElement = (id: string, value: unknown) =>
  `<script type="application/octet-stream" data-encoding="deflate-base64" id="${id}">` +
  `${deflateRawSync(JSON.stringify(value)).toString('base64')}</script>`;

/** Opens the page and waits until it is built; errors in it fail the test that opened it. */
export async function open(page: Page, address: string): Promise<void> {
  page.on('pageerror', (error) => {
    throw error;
  });
  await page.goto(address);
  await page.locator('html[data-ready]').waitFor();
  await page.evaluate(
    () => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
}
