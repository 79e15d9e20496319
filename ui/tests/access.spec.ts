import axe from 'axe-core';
import type { Page } from '@playwright/test';
import { expect, test } from './page';
import { sampleProfile } from './sample';

const profile = sampleProfile({ steps: 100, layers: 20, kept: 4096 });
const other = sampleProfile({ steps: 60, layers: 20, seed: 3 });

async function violations(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run: () => Promise<import('axe-core').AxeResults> };
    };
    return (await axe.run()).violations;
  });
  return found.flatMap(({ id, nodes }) =>
    nodes.map((node) => `${id}: ${node.target.join(' ')} ${node.failureSummary ?? ''}`),
  );
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`axe finds nothing to mend, ${colorScheme}`, async ({ page, open }) => {
    await page.emulateMedia({ colorScheme });
    await open.profile(profile, { other });
    await page.getByText('The numbers as a table').click();
    expect(await violations(page)).toEqual([]);
  });
}

test('everything can be reached by Tab, in the order of the page', async ({ page, open }) => {
  await open.profile(profile, { other });
  const visited: string[] = [];
  for (let press = 0; press < 200; ++press) {
    await page.keyboard.press('Tab');
    const section = await page.evaluate(() => {
      const focused = document.activeElement;
      return focused === document.body ? 'end' : (focused?.closest('section')?.id ?? 'header');
    });
    if (section === 'end') break;
    if (visited.at(-1) !== section) visited.push(section);
  }
  expect(visited).toEqual([
    'header',
    'memory',
    'arena',
    'layers',
    'explorer',
    'retained',
    'compare',
  ]);
});

test('the first Tab leads past the masthead', async ({ page, open }) => {
  await open.profile(profile);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
  await expect(page.locator('#verdict-title')).toBeFocused();
});

const paper = (page: Page) =>
  page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
/** How light the letters beside the chart are, from 0 to 255. */
const axisInk = (page: Page) =>
  page.evaluate(() => {
    const canvas = document.querySelector<HTMLCanvasElement>('#memory canvas')!;
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, 70, canvas.height);
    let sum = 0;
    let count = 0;
    for (let at = 0; at < data.length; at += 4) {
      if (data[at + 3]! > 200) [sum, count] = [sum + data[at]!, count + 1];
    }
    return sum / count;
  });

test('the page is dark where the system is, and the button turns it over and is remembered', async ({
  page,
  open,
}) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await open.profile(profile);
  const button = page.getByRole('button', { name: 'Dark' });
  await expect(button).toHaveAttribute('aria-pressed', 'true');
  expect(await paper(page)).toBe('rgb(18, 23, 26)');
  expect(await axisInk(page)).toBeGreaterThan(128);
  await button.click();
  await expect(button).toHaveAttribute('aria-pressed', 'false');
  expect(await paper(page)).toBe('rgb(253, 253, 251)');
  await expect.poll(() => axisInk(page)).toBeLessThan(128);
  await page.reload();
  await expect(button).toHaveAttribute('aria-pressed', 'false');
});

test('paper is light, without controls, with all rows of the tables', async ({ page, open }) => {
  await page.emulateMedia({ colorScheme: 'dark' });
  await open.profile(profile);
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  expect(await paper(page)).toBe('rgb(255, 255, 255)');
  await expect.poll(() => axisInk(page)).toBeLessThan(128);
  await expect(page.getByRole('navigation')).toBeHidden();
  await expect(page.locator('#memory .toolbar')).toBeHidden();
  await expect(page.locator('#explorer .answer')).toBeVisible();
  const cut = await page
    .locator('#layers .scroll')
    .evaluate((element) => element.scrollHeight - element.clientHeight);
  expect(cut).toBeLessThanOrEqual(0);
  const wide = await page
    .locator('#arena svg')
    .first()
    .evaluate((map) => map.getBoundingClientRect().width - document.documentElement.clientWidth);
  expect(wide).toBeLessThanOrEqual(0);
  expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(20_000);
});

for (const width of [320, 768, 1280, 3840]) {
  test(`nothing sticks out of a window of ${width} pixels`, async ({ page, open }) => {
    await page.setViewportSize({ width, height: 900 });
    await open.profile(profile, { other });
    const overflow = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(overflow).toBe(0);
    const chart = await page.locator('#memory .u-over').first().boundingBox();
    expect(chart!.width).toBeGreaterThan(0.55 * Math.min(width - 100, 700));
  });
}

test('the charts follow a window that changes its width', async ({ page, open }) => {
  await open.profile(profile);
  await page.setViewportSize({ width: 500, height: 900 });
  await expect
    .poll(async () => (await page.locator('#memory canvas').first().boundingBox())!.width)
    .toBeLessThan(500);
  await expect
    .poll(async () => (await page.locator('#arena svg').boundingBox())!.width)
    .toBeLessThan(500);
});
