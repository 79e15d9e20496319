/** Plans by peak and rate: hollow where predicted, filled where measured, the limit as a line. */
import { h, svg } from '../dom';
import * as format from '../format';
import type { Observable } from '../observable';
import { bestPlan, fits, nameOf, peakOf, rateOf, type Plan } from './explorer';

const HEIGHT = 300;
const MARGIN = { left: 68, right: 24, top: 18, bottom: 40 };

/** The table of plans below says the same in numbers, so the drawing is one image to a screen reader. */
export function scatter(plans: readonly Plan[], limit: Observable<number>): HTMLElement {
  const figure = h('figure', { class: 'scatter' });
  let width = 0;
  const draw = () =>
    width > 0 && figure.replaceChildren(picture(plans, limit.value, width), key(plans));
  new ResizeObserver(() => {
    if (figure.clientWidth === width) return;
    width = figure.clientWidth;
    draw();
  }).observe(figure);
  limit.watch(draw);
  return figure;
}

const groupOf = (plan: Plan) => `${format.plural(plan.threads, 'thread')}, ${plan.mode}`;
const groupsOf = (plans: readonly Plan[]) => [...new Set(plans.map(groupOf))];

function picture(plans: readonly Plan[], limit: number, width: number): SVGElement {
  const most =
    Math.max(...plans.map(peakOf), Math.min(limit, 1.1 * Math.max(...plans.map(peakOf)))) * 1.05;
  const fastest =
    Math.max(...plans.map((plan) => Math.max(plan.predictedRate ?? 0, plan.measuredRate ?? 0)), 1) *
    1.1;
  const right = width - MARGIN.right;
  const x = (peak: number) => MARGIN.left + (peak / most) * (right - MARGIN.left);
  const y = (rate: number) =>
    MARGIN.top + (1 - rate / fastest) * (HEIGHT - MARGIN.top - MARGIN.bottom);
  const bottom = y(0);
  const groups = groupsOf(plans);
  const best = bestPlan(plans, limit);

  const line = (group: string, index: number) => {
    const points = plans
      .filter((plan) => groupOf(plan) === group)
      .map((plan) => `${x(peakOf(plan))},${y(rateOf(plan))}`);
    return svg('polyline', { class: `group-${index % 6}`, points: points.join(' ') });
  };
  const mark = (plan: Plan) => {
    const classes = `group-${groups.indexOf(groupOf(plan)) % 6} ${fits(plan, limit) ? '' : 'too-large'}`;
    return svg(
      'g',
      { class: `plan ${classes}` },
      svg(
        'title',
        {},
        `${nameOf(plan)}: ${format.bytes(peakOf(plan))}, ${format.rate(rateOf(plan))} rows a second`,
      ),
      plan === best &&
        svg('circle', { class: 'best', cx: x(peakOf(plan)), cy: y(rateOf(plan)), r: 11 }),
      plan.predictedPeak !== null &&
        plan.predictedRate !== null &&
        svg('circle', {
          class: 'predicted',
          cx: x(plan.predictedPeak),
          cy: y(plan.predictedRate),
          r: 5,
        }),
      plan.measuredPeak !== null &&
        plan.measuredRate !== null &&
        svg('circle', {
          class: 'measured',
          cx: x(plan.measuredPeak),
          cy: y(plan.measuredRate),
          r: 5,
        }),
      svg(
        'text',
        { x: x(peakOf(plan)), y: y(rateOf(plan)) - 9, 'text-anchor': 'middle' },
        String(plan.micro_batch),
      ),
    );
  };
  const shares = [0, 0.25, 0.5, 0.75, 1];
  return svg(
    'svg',
    {
      width,
      height: HEIGHT,
      viewBox: `0 0 ${width} ${HEIGHT}`,
      role: 'img',
      'aria-label': `Peak and rows a second of ${format.plural(plans.length, 'plan')}; the table below has the numbers.`,
    },
    svg(
      'g',
      { class: 'axes' },
      ...shares.flatMap((share) => [
        svg('line', { x1: MARGIN.left, x2: right, y1: y(fastest * share), y2: y(fastest * share) }),
        svg(
          'text',
          { x: MARGIN.left - 8, y: y(fastest * share) + 4, 'text-anchor': 'end' },
          format.rate(fastest * share),
        ),
        (width > 500 || share % 0.5 === 0) &&
          svg(
            'text',
            { x: x(most * share), y: bottom + 18, 'text-anchor': 'middle' },
            format.bytes(most * share),
          ),
      ]),
      svg('text', { x: right, y: bottom + 34, 'text-anchor': 'end' }, 'peak memory'),
      svg('text', { x: MARGIN.left, y: 11 }, 'rows a second'),
    ),
    svg('g', { class: 'lines' }, ...groups.map(line)),
    limit <= most &&
      svg('rect', {
        class: 'beyond',
        x: x(limit),
        y: MARGIN.top,
        width: Math.max(0, right - x(limit)),
        height: bottom - MARGIN.top,
      }),
    limit <= most &&
      svg('line', { class: 'limit', x1: x(limit), x2: x(limit), y1: MARGIN.top, y2: bottom }),
    ...plans.map(mark),
  );
}

function key(plans: readonly Plan[]): HTMLElement {
  return h(
    'figcaption',
    { class: 'key' },
    ...groupsOf(plans).map((group, index) =>
      h('span', {}, h('span', { class: `patch group-${index % 6}`, 'aria-hidden': 'true' }), group),
    ),
    h('span', {}, '○ predicted'),
    h('span', {}, '● measured'),
    h('span', {}, 'numbers: rows at a time'),
  );
}
