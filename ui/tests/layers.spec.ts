import * as format from '../src/format';
import { column, expect, table, test } from './page';
import { sampleProfile } from './sample';

const profile = sampleProfile({ steps: 50, layers: 25 });
const { layers } = profile;
const CAPTION = 'Layers, in the order in which they run';
const whole = layers.reduce((sum, layer) => sum + layer.seconds.total, 0);

function timesOfStep(step: number): number[] {
  const bytes = Buffer.from(profile.layer_seconds!.data, 'base64');
  return layers.map((_, layer) => bytes.readFloatLE((step * layers.length + layer) * 4));
}

test.beforeEach(({ open }) => open.profile(profile));

test('every number of every layer is shown, in the order in which layers run', async ({ page }) => {
  const shown = table(page, CAPTION);
  expect(await column(shown, 'Layer')).toEqual(layers.map(({ name }) => name));
  expect(await column(shown, 'Class')).toEqual(layers.map((layer) => layer.class));
  expect(await column(shown, 'Calls')).toEqual(layers.map(({ calls }) => format.count(calls)));
  expect(await column(shown, 'Time')).toEqual(
    layers.map(({ seconds }) => format.seconds(seconds.total)),
  );
  expect(await column(shown, 'Share')).toEqual(
    layers.map(({ seconds }) => format.percent(seconds.total / whole)),
  );
  expect(await column(shown, 'Median')).toEqual(
    layers.map(({ seconds }) => format.seconds(seconds.median)),
  );
  expect(await column(shown, 'Of peak')).toEqual(
    layers.map(({ peak_share }) => format.percent(peak_share)),
  );
  expect(await column(shown, 'Multiply-adds')).toEqual(
    layers.map(({ multiply_adds }) => format.large(multiply_adds)),
  );
  expect(await column(shown, 'Made')).toEqual(
    layers.map(({ bytes_made }) => format.bytes(bytes_made)),
  );
  expect(await column(shown, 'Read')).toEqual(
    layers.map(({ bytes_read }) => format.bytes(bytes_read)),
  );
  expect(await column(shown, 'Alive')).toEqual(
    layers.map(({ bytes_alive }) => format.bytes(bytes_alive)),
  );
  await expect(shown.locator('tfoot')).toContainText(format.seconds(whole));
});

test('a header sorts by its column, numbers from the largest, and says so', async ({ page }) => {
  const shown = table(page, CAPTION);
  const header = shown.getByRole('columnheader', { name: 'Time' });
  const byTime = [...layers]
    .sort((a, b) => b.seconds.total - a.seconds.total)
    .map(({ name }) => name);
  await expect(header).toHaveAttribute('aria-sort', 'none');
  await header.getByRole('button').click();
  await expect(header).toHaveAttribute('aria-sort', 'descending');
  expect(await column(shown, 'Layer')).toEqual(byTime);
  await header.getByRole('button').press('Enter');
  await expect(header).toHaveAttribute('aria-sort', 'ascending');
  expect(await column(shown, 'Layer')).toEqual([...byTime].reverse());
  await expect(header.getByRole('button')).toBeFocused();
});

test('names sort as people count, and what is not known comes last either way', async ({
  page,
}) => {
  const shown = table(page, CAPTION);
  await shown.getByRole('button', { name: 'Layer' }).click();
  const names = await column(shown, 'Layer');
  expect(names).toEqual([...names].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })));
  const known = layers.filter(({ peak_share }) => peak_share !== null).length;
  for (const direction of ['descending', 'ascending']) {
    await shown.getByRole('button', { name: 'Of peak' }).click();
    await expect(shown.getByRole('columnheader', { name: 'Of peak' })).toHaveAttribute(
      'aria-sort',
      direction,
    );
    const shares = await column(shown, 'Of peak');
    expect(shares.slice(known).every((share) => share === '–')).toBe(true);
    expect(shares.slice(0, known)).not.toContain('–');
  }
});

test('the filter looks for words in name, class and kind', async ({ page }) => {
  const shown = table(page, CAPTION);
  await page.getByLabel('Filter').fill('CONV stage2');
  const expected = layers.filter(
    (layer) => layer.kind === 'convolution' && layer.name.includes('stage2'),
  );
  expect(expected.length).toBeGreaterThan(0);
  expect(await column(shown, 'Layer')).toEqual(expected.map(({ name }) => name));
  await expect(page.locator('#layers [aria-live]')).toContainText(
    `${expected.length} of ${layers.length} layers`,
  );
  await expect(shown.locator('tfoot')).toContainText(
    format.seconds(expected.reduce((sum, { seconds }) => sum + seconds.total, 0)),
  );
  await page.getByLabel('Filter').fill('no such layer');
  await expect(shown.locator('tbody tr')).toHaveCount(0);
});

test('a step selected in the chart shows its own times', async ({ page }) => {
  const shown = table(page, CAPTION);
  expect(new Set(await column(shown, 'This step'))).toEqual(new Set(['–']));
  for (const step of [17, 49, 0]) {
    await page.getByLabel('Step', { exact: true }).fill(String(step));
    await page.getByLabel('Step', { exact: true }).press('Enter');
    await expect(page.locator('#layers [aria-live]')).toContainText(`Step ${step}:`);
    expect(await column(shown, 'This step')).toEqual(timesOfStep(step).map(format.seconds));
  }
  await shown.getByRole('button', { name: 'This step' }).click();
  const slowestFirst = timesOfStep(0)
    .map((time, index) => [time, index] as const)
    .sort((a, b) => b[0] - a[0]);
  expect(await column(shown, 'Layer')).toEqual(
    slowestFirst.map(([, index]) => layers[index]!.name),
  );
});
