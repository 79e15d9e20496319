import * as format from '../src/format';
import { column, expect, table, test } from './page';
import { sampleProfile } from './sample';

test('the verdict is said in its sentence, with rate, holder and time to the limit', async ({
  page,
  open,
}) => {
  const profile = sampleProfile({ steps: 100, layers: 5, kept: 4096 });
  await open.profile(profile);
  await expect(page.locator('#verdict h2')).toHaveText(`Growth${profile.verdict.sentence}`);
  const facts = page.locator('#verdict dl');
  await expect(facts).toContainText(
    'Growth a step+4.00 KiB+3.92 KiB to +4.08 KiB, 99 % confidence',
  );
  await expect(facts).toContainText('Held bycallback KeepTenth');
  await expect(facts).toContainText('51,200 steps');
  await expect(facts).toContainText(
    `Peak resident${format.bytes(Math.max(...profile.series.resident))}`,
  );
  await expect(facts).toContainText('Rows3,200'.slice(0, 4));
});

test('a level run says so', async ({ page, open }) => {
  await open.profile(sampleProfile({ steps: 100, layers: 5 }));
  await expect(page.locator('#verdict h2')).toContainText(
    'Memory is level: less than 3 bytes a step',
  );
  await expect(page.locator('#verdict')).not.toContainText('Growth a step');
});

test('what was retained is shown by holder', async ({ page, open }) => {
  const profile = sampleProfile({ steps: 200, layers: 5, kept: 4096 });
  const second = {
    ...profile.retained[0]!,
    holder: 'consumer main',
    bytes: 10,
    bytes_per_step: 0.5,
    low: 0,
    high: 1,
  };
  await open.profile({ ...profile, retained: [second, ...profile.retained] });
  const shown = table(page, 'Retained outputs by holder');
  expect(await column(shown, 'Holder')).toEqual(['callback KeepTenth', 'consumer main']);
  expect(await column(shown, 'Bytes')).toEqual([format.bytes(4096 * 200), '10 B']);
  expect(await column(shown, 'Outputs')).toEqual(['20', '20']);
  expect(await column(shown, 'Growth a step')).toEqual(['+4.00 KiB', '+0.50 B']);
  expect((await column(shown, 'Between'))[0]).toBe('+3.92 KiB and +4.08 KiB');
});

test.describe('two runs', () => {
  const here = sampleProfile({ steps: 200, layers: 20 });
  const there = sampleProfile({ steps: 100, layers: 25, seed: 7, kept: 2048 });

  test.beforeEach(({ open }) => open.profile(here, { other: there, deflated: true }));

  test('both verdicts are said', async ({ page }) => {
    await expect(page.locator('#compare dd')).toHaveText([
      here.verdict.sentence,
      there.verdict.sentence,
    ]);
  });

  test('owners are paired by name, with those of one run only', async ({ page }) => {
    const owners = table(page, 'Owners of both runs');
    const names = await column(owners, 'Owner');
    expect(new Set(names)).toEqual(new Set(there.owners.map(({ name }) => name)));
    const peaks = (run: typeof here) =>
      names.map((name) =>
        format.bytes(run.owners.find((owner) => owner.name === name)?.peak_bytes),
      );
    expect(await column(owners, 'A')).toEqual(peaks(here));
    expect(await column(owners, 'B')).toEqual(peaks(there));
    expect((await column(owners, 'B − A'))[names.indexOf('callback KeepTenth')]).toBe('–');
  });

  test('layers are paired by name, with their difference and ratio', async ({ page }) => {
    const layers = table(page, 'Layers of both runs');
    const names = await column(layers, 'Layer');
    const both = here.layers.filter(({ name }) =>
      there.layers.some((layer) => layer.name === name),
    );
    expect(both.length).toBeGreaterThan(3);
    expect(names).toHaveLength(here.layers.length + there.layers.length - both.length);
    const { name, seconds } = both[3]!;
    const other = there.layers.find((layer) => layer.name === name)!.seconds.median;
    expect((await column(layers, 'B ÷ A'))[names.indexOf(name)]).toBe(
      `${(other / seconds.median).toFixed(2)} ×`,
    );
  });

  test('resident memory of both is drawn over each other', async ({ page }) => {
    const drawn = await page.evaluate(() => window.weirReport!.overlay!.drawn);
    expect(drawn[0]).toEqual({ label: 'A', values: here.series.resident });
    expect(drawn[1]!.values.slice(0, 100)).toEqual(there.series.resident);
    expect(drawn[1]!.values.slice(100)).toEqual(Array(100).fill(null));
  });

  test('an owner has one colour everywhere', async ({ page }) => {
    const color = (row: string) =>
      page
        .locator(`${row} .swatch`)
        .evaluate((element) => getComputedStyle(element).backgroundColor);
    expect(await color('.legend tr:has-text("packed weights")')).toBe(
      await color('#compare tr:has-text("packed weights")'),
    );
  });
});
