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
mkdirSync(folder, { recursive: true });

const browser = await chromium.launch({ executablePath: chromiumPath(), args: ['--no-sandbox'] });
for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({
    colorScheme,
    viewport: { width: 1280, height: 960 },
    deviceScaleFactor: 1.5,
  });
  await page.goto(pathToFileURL(report).href);
  await page.locator('html[data-ready]').waitFor();
  await take(page, `report-${colorScheme}.png`);
  await page.locator('#arena').scrollIntoViewIfNeeded();
  await take(page, `arena-${colorScheme}.png`, '#arena');
  await page.close();
}
await browser.close();

async function take(page: Page, name: string, part?: string): Promise<void> {
  const path = join(folder!, name);
  await page.evaluate(() => new Promise((drawn) => setTimeout(drawn, 300)));
  if (part) await page.locator(part).screenshot({ path });
  else await page.screenshot({ path });
  console.log(path);
}
