import type { Page } from '@playwright/test';
import * as format from '../src/format';
import { column, expect, table, test } from './page';
import { sampleProfile } from './sample';

const profile = sampleProfile({ steps: 20, layers: 30 });
const arena = profile.arena!;

const rectangles = (page: Page) => page.locator('#arena rect.tensor');
const alive = (step: number) =>
  arena.tensors.filter((tensor) => tensor.first_step <= step && step <= tensor.last_step);

test.beforeEach(({ open }) => open.profile(profile));

test('each tensor is a rectangle at its place and of its size', async ({ page }) => {
  const drawn = (await rectangles(page).evaluateAll((elements) =>
    elements.map((element) => ({
      label: element.getAttribute('aria-label')!,
      ...Object.fromEntries(
        ['x', 'y', 'width', 'height'].map((name) => [name, Number(element.getAttribute(name))]),
      ),
    })),
  )) as { label: string; x: number; y: number; width: number; height: number }[];
  expect(drawn).toHaveLength(arena.tensors.length);
  const left = Math.min(...drawn.map(({ x }) => x));
  const right = Math.max(...drawn.map(({ x, width }) => x + width));
  const bottom = Math.max(...drawn.map(({ y, height }) => y + height));
  const top = Math.min(...drawn.map(({ y }) => y));
  for (const tensor of arena.tensors) {
    const rectangle = drawn.find(({ label }) =>
      label.startsWith(`${tensor.name}, ${tensor.storage}, ${format.bytes(tensor.bytes)}`),
    )!;
    expect((rectangle.x - left) / (right - left)).toBeCloseTo(
      tensor.first_step / arena.steps.length,
      6,
    );
    expect(rectangle.width / (right - left)).toBeCloseTo(
      (tensor.last_step + 1 - tensor.first_step) / arena.steps.length,
      6,
    );
    expect((bottom - rectangle.y - rectangle.height) / (bottom - top)).toBeCloseTo(
      tensor.offset / arena.bytes,
      6,
    );
    expect(rectangle.height / (bottom - top)).toBeCloseTo(tensor.bytes / arena.bytes, 6);
  }
});

test('the lower bound, the widest moment and the advice are shown', async ({ page }) => {
  await expect(page.locator('#arena .bound text')).toHaveText(
    `lower bound ${format.bytes(arena.lower_bound_bytes)}`,
  );
  const widest = arena.steps[arena.widest_step]!;
  await expect(page.locator('#arena .widest text')).toHaveText(
    `widest: ${widest}, ${format.bytes(arena.lower_bound_bytes)}`,
  );
  await expect(page.locator('#arena .advice li')).toHaveText(arena.advice);
  await expect(page.locator('#arena .facts-line')).toContainText(
    `${(arena.bytes / arena.lower_bound_bytes).toFixed(3)} × the lower bound of ${format.bytes(arena.lower_bound_bytes)}`,
  );
});

test('the table has what is alive at the moment chosen, at first the widest one', async ({
  page,
}) => {
  const shown = table(page, 'Tensors alive at the moment chosen');
  const names = (step: number) =>
    alive(step)
      .map(({ name }) => name)
      .sort();
  expect((await column(shown, 'Tensor')).sort()).toEqual(names(arena.widest_step));
  await page.getByRole('slider', { name: 'Moment' }).fill('12');
  expect((await column(shown, 'Tensor')).sort()).toEqual(names(12));
  await expect(page.locator('#arena .alive h3')).toContainText(
    `Alive while ${arena.steps[12]} runs`,
  );
});

test('a click on the map chooses its moment', async ({ page }) => {
  const target = arena.tensors[20]!;
  await rectangles(page).filter({ visible: true }).nth(0).scrollIntoViewIfNeeded();
  const box = (await page
    .locator(`#arena rect.tensor[aria-label^="${target.name},"]`)
    .boundingBox())!;
  await page.mouse.click(box.x + 2, box.y + box.height / 2);
  await expect(page.getByRole('slider', { name: 'Moment' })).toHaveValue(String(target.first_step));
});

test('pointing at a tensor and going to it by keys names it', async ({ page }) => {
  const tooltip = page.locator('#arena .tooltip');
  const first = arena.tensors[0]!;
  await page.locator(`#arena rect.tensor[aria-label^="${first.name},"]`).first().hover();
  await expect(tooltip).toContainText(first.name);
  await expect(tooltip).toContainText(`size${format.bytes(first.bytes)}`);

  const order = [...arena.tensors].sort(
    (a, b) => a.first_step - b.first_step || a.offset - b.offset,
  );
  await page.locator('#arena rect.tensor[tabindex="0"]').focus();
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('#arena rect.tensor:focus')).toHaveAttribute(
    'aria-label',
    new RegExp(`^${order[2]!.name},`),
  );
  await expect(tooltip).toContainText(order[2]!.name);
  await page.keyboard.press('End');
  await expect(page.locator('#arena rect.tensor:focus')).toHaveAttribute(
    'aria-label',
    new RegExp(`^${order.at(-1)!.name},`),
  );
  await expect(page.locator('#arena rect.tensor[tabindex="0"]')).toHaveCount(1);
});

test('going up and down stays among what is alive together', async ({ page }) => {
  await page.locator('#arena rect.tensor[tabindex="0"]').focus();
  for (let i = 0; i < 12; ++i) await page.keyboard.press('ArrowRight');
  const label = () => page.locator('#arena rect.tensor:focus').getAttribute('aria-label');
  const tensor = (label: string | null) =>
    arena.tensors.find(({ name, storage }) => label!.startsWith(`${name}, ${storage},`))!;
  const before = tensor(await label());
  await page.keyboard.press('ArrowUp');
  const above = tensor(await label());
  expect(above.offset).toBeGreaterThan(before.offset);
  expect(above.first_step <= before.last_step && before.first_step <= above.last_step).toBe(true);
});

test('a wider map scrolls', async ({ page }) => {
  const width = () => page.locator('#arena .arena-map svg').evaluate((map) => map.clientWidth);
  const before = await width();
  await page.getByRole('button', { name: 'Wider map' }).click();
  expect(await width()).toBeGreaterThan(1.9 * before);
  await page.getByRole('button', { name: 'Narrower map' }).click();
  expect(await width()).toBe(before);
});
