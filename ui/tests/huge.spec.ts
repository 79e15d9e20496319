import { expect, test } from './page';
import { sampleProfile } from './sample';

test('ten thousand steps of two hundred layers open; the time it takes is printed', async ({
  page,
  open,
  context,
}) => {
  const profile = sampleProfile({ steps: 10_000, layers: 200, kept: 512 });
  const browser = await context.newCDPSession(page);
  await browser.send('Performance.enable', { timeDomain: 'threadTicks' });
  const busy = async () =>
    (await browser.send('Performance.getMetrics')).metrics.find(
      ({ name }) => name === 'TaskDuration',
    )!.value;

  for (const deflated of [false, true]) {
    const before = await busy();
    await open.profile(profile, { deflated });
    const computed = (await busy()) - before;
    const shown = await page.evaluate(
      () => performance.getEntriesByName('weir-shown')[0]!.startTime,
    );
    console.log(
      `${deflated ? 'deflated' : 'plain'}: on the screen after ${Math.round(shown)} ms, ` +
        `in which the page computed for ${Math.round(computed * 1000)} ms`,
    );
    await expect(page.locator('#layers tbody tr')).toHaveCount(200);
    const drawn = await page.evaluate(() => window.weirReport!.memory!.chart.drawn);
    expect(drawn.map(({ values }) => values.length)).toEqual(Array(13).fill(10_000));
    expect(drawn.at(-1)!.values).toEqual(profile.series.resident);
  }
});
