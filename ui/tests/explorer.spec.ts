import * as format from '../src/format';
import { column, expect, table, test } from './page';
import { sampleProfile } from './sample';

const MIB = 2 ** 20;
const point = (micro_batch: number, peak: number, rate: number) => ({
  micro_batch,
  threads: 2,
  mode: 'throughput',
  peak_bytes: peak * MIB,
  rows_per_second: rate,
});
const profile = {
  ...sampleProfile({ steps: 10, layers: 5 }),
  explorer: {
    predicted: [point(1, 40, 100), point(2, 50, 180), point(4, 70, 300), point(8, 110, 280)],
    measured: [point(2, 48, 200), point(4, 75, 310)],
    smallest_limit: 38 * MIB,
  },
};

test.beforeEach(({ open }) => open.profile(profile));

test('predicted and measured stand side by side', async ({ page }) => {
  const plans = table(page, 'Plans');
  expect(await column(plans, 'Rows at a time')).toEqual(['1', '2', '4', '8']);
  expect(await column(plans, 'Peak, predicted')).toEqual([
    '40.0 MiB',
    '50.0 MiB',
    '70.0 MiB',
    '110 MiB',
  ]);
  expect(await column(plans, 'Peak, measured')).toEqual(['–', '48.0 MiB', '75.0 MiB', '–']);
  expect(await column(plans, 'Rows/s, predicted')).toEqual(['100', '180', '300', '280']);
  expect(await column(plans, 'Rows/s, measured')).toEqual(['–', '200', '310', '–']);
});

test('a limit says which plans fit and which of them is the fastest', async ({ page }) => {
  const answer = page.locator('#explorer .answer');
  const fits = () => column(table(page, 'Plans'), 'Fits');
  const limit = page.getByLabel('Memory limit in MiB');
  await limit.fill('75');
  await limit.press('Enter');
  expect(await fits()).toEqual(['yes', 'yes', 'yes, fastest', 'no']);
  await expect(answer).toContainText(
    '4 rows at a time, 2 threads, throughput: 310 rows a second (measured), at most 75.0 MiB',
  );
  // Measured above what was predicted: not said to fit into 72.
  await limit.fill('72');
  await limit.press('Enter');
  expect(await fits()).toEqual(['yes', 'yes, fastest', 'no', 'no']);
  await limit.fill('39');
  await limit.press('Enter');
  expect(await fits()).toEqual(['no', 'no', 'no', 'no']);
  await expect(answer).toContainText('Weir keeps any limit from 38.0 MiB up');
  await limit.fill('20');
  await limit.press('Enter');
  await expect(answer).toContainText('the smallest limit that can be kept is 38.0 MiB');
});

test('the slider says its limit in words, and a key moves it', async ({ page }) => {
  const slider = page.getByRole('slider', { name: 'Memory limit', exact: true });
  const before = Number(await slider.inputValue());
  await slider.press('ArrowLeft');
  const after = Number(await slider.inputValue());
  expect(after).toBeLessThan(before);
  await expect(slider).toHaveAttribute('aria-valuetext', format.bytes(after));
});

test('points lie by peak and by rate, hollow where predicted and filled where measured', async ({
  page,
}) => {
  const circles = (kind: string) =>
    page
      .locator(`#explorer circle.${kind}`)
      .evaluateAll((elements) =>
        elements.map((element) => [
          Number(element.getAttribute('cx')),
          Number(element.getAttribute('cy')),
        ]),
      );
  const predicted = await circles('predicted');
  expect(predicted).toHaveLength(4);
  expect(await circles('measured')).toHaveLength(2);
  const [one, two, four] = predicted as [number, number][];
  expect((four![0] - one![0]) / (two![0] - one![0])).toBeCloseTo((70 - 40) / (50 - 40), 6);
  expect((four![1] - one![1]) / (two![1] - one![1])).toBeCloseTo((300 - 100) / (180 - 100), 6);
});
