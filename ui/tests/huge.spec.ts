import { expect, test } from './page';
import { sampleProfile } from './sample';

test('ten thousand steps of two hundred layers open; the time it takes is printed', async ({
  page,
  open,
}) => {
  const profile = sampleProfile({ steps: 10_000, layers: 200, kept: 512 });
  for (const deflated of [true, false]) {
    await open.profile(profile, { deflated });
    const opened = await page.evaluate(
      () => performance.measure('open', 'weir-begin', 'weir-shown').duration,
    );
    const whole = await page.evaluate(
      () => performance.getEntriesByName('weir-shown')[0]!.startTime,
    );
    console.log(
      `${deflated ? 'deflated' : 'plain'}: shown after ${Math.round(whole)} ms, ${Math.round(opened)} ms of them from script to frame`,
    );
    await expect(page.locator('#layers tbody tr')).toHaveCount(200);
    const drawn = await page.evaluate(() => window.weirReport!.memory!.chart.drawn);
    expect(drawn.map(({ values }) => values.length)).toEqual(Array(13).fill(10_000));
    expect(drawn.at(-1)!.values).toEqual(profile.series.resident);
  }
});
