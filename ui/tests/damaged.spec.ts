import { expect, table, column, test } from './page';
import { sampleProfile } from './sample';

const HOSTILE =
  '</script><script>document.title="broken"</script><img src=x onerror=document.title="broken"> &amp; "\'';

for (const deflated of [false, true]) {
  test(`names with markup are only text${deflated ? ', deflated' : ''}`, async ({ page, open }) => {
    const profile = sampleProfile({ steps: 20, layers: 6, kept: 100 });
    profile.model.name = HOSTILE;
    profile.verdict.sentence = HOSTILE;
    profile.verdict.holder = HOSTILE;
    profile.retained[0]!.holder = HOSTILE;
    for (const layer of profile.layers) layer.name = HOSTILE;
    for (const owner of profile.owners) owner.name = HOSTILE;
    profile.arena!.steps.fill(HOSTILE);
    profile.arena!.advice.fill(HOSTILE);
    for (const tensor of profile.arena!.tensors) tensor.name = HOSTILE;
    await open.profile(profile, { other: profile, deflated });

    await expect(page).toHaveTitle(`${HOSTILE} · Weir report`.replace(/\s+/g, ' '));
    expect(await page.locator('img').count()).toBe(0);
    await expect(page.getByRole('heading', { level: 1 })).toHaveText(HOSTILE);
    await expect(page.locator('#verdict h2')).toContainText(HOSTILE);
    expect(await column(table(page, 'Layers, in the order in which they run'), 'Layer')).toEqual(
      Array(6).fill(HOSTILE),
    );
    expect(await page.locator('.legend tbody th span:not(.swatch)').allTextContents()).toEqual(
      Array(12).fill(HOSTILE),
    );
    await expect(page.locator('#arena .advice li').first()).toHaveText(HOSTILE);
  });
}

test('the policy would not run a script that got into the page', async ({ page, open }) => {
  await open.html('<script>document.title = "broken"</script>');
  await expect(page).toHaveTitle('Weir report');
  expect(open.problems.splice(0).join()).toContain('Content Security Policy');
});

test('what is null or missing is said to be missing, and the rest is shown', async ({
  page,
  open,
}) => {
  const { verdict, run, series } = sampleProfile({ steps: 30, layers: 3 });
  const empty = {
    ...series,
    owners: [],
    step_seconds: [],
    queue_depth: [],
    rows: [],
    proportional: undefined,
  };
  await open.profile({
    format: 'weir-profile',
    version: 1,
    verdict: { ...verdict, low: null },
    run,
    series: empty,
    owners: [],
    layers: null,
    arena: null,
  });
  await expect(page.locator('#verdict h2')).toContainText(verdict.sentence);
  await expect(page.locator('#arena .absent')).toHaveText('The run has no arena of its own.');
  await expect(page.locator('#layers .absent')).toHaveText('No layer was timed.');
  await expect(page.locator('#explorer .absent')).toHaveText('No plans were compared.');
  await expect(page.locator('#retained .absent')).toHaveText('Nothing was retained.');
  const drawn = await page.evaluate(() => window.weirReport!.memory!.chart.drawn);
  expect(drawn).toEqual([{ label: 'Resident', values: series.resident }]);
});

test('a run without a step has a verdict and no chart', async ({ page, open }) => {
  const profile = sampleProfile({ steps: 10, layers: 3 });
  const none = Object.fromEntries(Object.keys(profile.series).map((name) => [name, []]));
  profile.verdict.kind = 'unknown';
  await open.profile({ ...profile, series: none, layer_seconds: null });
  await expect(page.locator('#verdict h2')).toContainText('Not known yet');
  await expect(page.locator('#memory .absent')).toHaveText('No step was recorded.');
});

test('a run of one step is shown', async ({ page, open }) => {
  await open.profile(sampleProfile({ steps: 1, layers: 1 }));
  await expect(page.locator('#memory .range')).toHaveText('The whole run: step 0');
  await page.getByRole('slider', { name: 'Step of the run' }).press('ArrowRight');
  await expect(page.locator('#layers [aria-live]')).toContainText('Step 0:');
});

test('a value that was not read in a sample is a gap', async ({ page, open }) => {
  const profile = sampleProfile({ steps: 30, layers: 3 });
  const resident = profile.series.resident.map((value, sample) => (sample === 5 ? null : value));
  await open.profile({ ...profile, series: { ...profile.series, resident } });
  const drawn = await page.evaluate(() => window.weirReport!.memory!.chart.drawn.at(-1)!.values);
  expect(drawn).toEqual(resident);
});

const failures: [
  name: string,
  change: (profile: Record<string, unknown>) => unknown,
  message: string,
][] = [
  [
    'an unknown version',
    (profile) => ({ ...profile, version: 2 }),
    'The profile is of version 2; this page reads version 1.',
  ],
  [
    'another format',
    (profile) => ({ ...profile, format: 'other' }),
    'The data is "other", not a Weir profile.',
  ],
  [
    'a number that is none',
    (profile) => ({ ...profile, owners: [{ name: 'a', kind: 'heap', bytes: 'x', peak_bytes: 1 }] }),
    'profile.owners[0].bytes should be a number, but is a string.',
  ],
  [
    'no verdict',
    (profile) => ({ ...profile, verdict: undefined }),
    'profile.verdict should be an object, but is missing.',
  ],
  [
    'series of other lengths',
    (profile) => ({ ...profile, series: { ...(profile['series'] as object), resident: [1] } }),
    'profile.series.resident has 1 entries for 20 samples.',
  ],
  [
    'layer times cut off',
    (profile) => ({
      ...profile,
      layer_seconds: { encoding: 'float32-base64', shape: [20, 3], data: 'AAAA' },
    }),
    'profile.layer_seconds does not hold 20 × 3 numbers.',
  ],
  [
    'layer times that are no base64',
    (profile) => ({
      ...profile,
      layer_seconds: { encoding: 'float32-base64', shape: [20, 3], data: '€' },
    }),
    'profile.layer_seconds does not hold 20 × 3 numbers.',
  ],
];
for (const [name, change, message] of failures) {
  test(`${name} is told in a sentence`, async ({ page, open }) => {
    await open.profile(change(sampleProfile({ steps: 20, layers: 3 })));
    await expect(page.getByRole('alert')).toContainText(message);
  });
}

for (const [name, html] of [
  ['that is cut off', '<script type="application/json" id="profile">{"format": "weir-pro</script>'],
  [
    'that inflates to nothing',
    '<script type="application/octet-stream" data-encoding="deflate-base64" id="profile">AAAA</script>',
  ],
  [
    'in an unknown encoding',
    '<script type="application/json" data-encoding="rot13" id="profile">{}</script>',
  ],
]) {
  test(`a profile ${name} is told to be damaged`, async ({ page, open }) => {
    await open.html(html!);
    await expect(page.getByRole('alert')).toContainText('The profile in this page is damaged');
  });
}

test('a page without a profile says how to make one', async ({ page, open }) => {
  await open.html('');
  await expect(page.getByRole('alert')).toContainText('weir report run.weirprof -o report.html');
});
