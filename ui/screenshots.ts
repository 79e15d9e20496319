/**
 * Takes the pictures of the README: `npm run screenshots -- report.html outdir`.
 *
 * Top of the page and arena map, light and dark, of a report that Weir has written.
 */
import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Page } from '@playwright/test';
import { chromiumPath } from './chromium';

const [report, folder] = process.argv
  .slice(2)
  .map((path) => resolve(process.env['INIT_CWD'] ?? '.', path)); // npm runs this in its own folder.
if (!report || !folder) {
  console.error('usage: npm run screenshots -- report.html outdir');
  process.exit(2);
}
const MARGIN = 20;
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({
    colorScheme,
    viewport: { width: 1280, height: 1120 },
    deviceScaleFactor: 1.5,
  });
  await page.goto(pathToFileURL(report).href);
  await page.locator('html[data-ready]').waitFor();
  await take(page, `report-${colorScheme}.png`);
  await take(page, `arena-${colorScheme}.png`, 'figure:has(.arena-map)');
  await page.close();
}
await browser.close();

/** What is in the window, or the one part with a margin below it. */
async function take(page: Page, name: string, part?: string): Promise<void> {
  const path = join(folder!, name);
  await page.evaluate(() => new Promise((drawn) => setTimeout(drawn, 300)));
  if (part) {
    const box = (await page.locator(part).boundingBox())!;
    const clip = { x: 0, y: box.y, width: 1280, height: box.height + MARGIN };
    await page.screenshot({ path, clip, fullPage: true });
  } else {
    await page.screenshot({ path });
  }
  console.log(path);
}
