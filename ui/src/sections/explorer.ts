/** How many rows at a time, on how many threads: what each choice needs and gives, and what fits a limit. */
import { h } from '../dom';
import * as format from '../format';
import { Observable } from '../observable';
import type { Explorer } from '../profile';
import type { Report } from '../report';
import { absent, section } from '../section';
import { DataTable } from '../table';
import { scatter } from './scatter';

/** A choice with what was predicted and what was measured of it. */
export interface Plan {
  readonly micro_batch: number;
  readonly threads: number;
  readonly mode: string;
  predictedPeak: number | null;
  measuredPeak: number | null;
  predictedRate: number | null;
  measuredRate: number | null;
}

/** The larger, so that nothing is said to fit that did not. */
export const peakOf = (plan: Plan): number =>
  Math.max(plan.predictedPeak ?? 0, plan.measuredPeak ?? 0);
export const rateOf = (plan: Plan): number => plan.measuredRate ?? plan.predictedRate ?? 0;
export const fits = (plan: Plan, limit: number): boolean => peakOf(plan) <= limit;

export function bestPlan(plans: readonly Plan[], limit: number): Plan | null {
  return plans
    .filter((plan) => fits(plan, limit))
    .reduce<Plan | null>(
      (best, plan) => (!best || rateOf(plan) > rateOf(best) ? plan : best),
      null,
    );
}

export const nameOf = (plan: Plan): string =>
  `${format.plural(plan.micro_batch, 'row')} at a time, ${format.plural(plan.threads, 'thread')}, ${plan.mode}`;

export function explorerSection({ profile }: Report): HTMLElement {
  const title = 'Batch size and limit';
  const lead =
    'Batch size costs no memory; rows in flight at a time do. Choose a limit and see the fastest plan that keeps it.';
  const plans = profile.explorer ? join(profile.explorer) : [];
  if (!profile.explorer || plans.length === 0)
    return section('explorer', title, lead, absent('No plans were compared.'));

  const most = Math.max(...plans.map(peakOf));
  const limit = new Observable(profile.run.memory_limit ?? most);
  const chart = h('div', { class: 'plot' });
  const table = planTable(plans, limit);
  const drawing = scatter(plans, limit);
  chart.append(drawing);
  return section(
    'explorer',
    title,
    lead,
    limitInputs(plans, profile.explorer, limit),
    chart,
    table,
  );
}

function join({ predicted, measured }: Explorer): Plan[] {
  const plans = new Map<string, Plan>();
  const planOf = ({
    micro_batch,
    threads,
    mode,
  }: Pick<Plan, 'micro_batch' | 'threads' | 'mode'>) => {
    const key = `${micro_batch}/${threads}/${mode}`;
    const plan = plans.get(key) ?? {
      micro_batch,
      threads,
      mode,
      predictedPeak: null,
      measuredPeak: null,
      predictedRate: null,
      measuredRate: null,
    };
    plans.set(key, plan);
    return plan;
  };
  for (const point of predicted)
    Object.assign(planOf(point), {
      predictedPeak: point.peak_bytes,
      predictedRate: point.rows_per_second,
    });
  for (const point of measured)
    Object.assign(planOf(point), {
      measuredPeak: point.peak_bytes,
      measuredRate: point.rows_per_second,
    });
  return [...plans.values()].sort(
    (a, b) =>
      a.mode.localeCompare(b.mode) || a.threads - b.threads || a.micro_batch - b.micro_batch,
  );
}

const MIB = 1 << 20;

function limitInputs(
  plans: readonly Plan[],
  { smallest_limit }: Explorer,
  limit: Observable<number>,
): HTMLElement {
  const least = smallest_limit ?? Math.min(...plans.map(peakOf));
  const from = Math.max(0, least * 0.8);
  const to = Math.max(...plans.map(peakOf), limit.value) * 1.1;
  const slider = h('input', {
    type: 'range',
    min: Math.floor(from),
    max: Math.ceil(to),
    step: Math.max(1, Math.round((to - from) / 500)),
    'aria-label': 'Memory limit',
    input: () => limit.set(Number(slider.value)),
  });
  const number = h('input', {
    type: 'number',
    min: 0,
    step: 'any',
    'aria-label': 'Memory limit in MiB',
    change: () => limit.set(Number(number.value) * MIB),
  });
  const answer = h('output', { class: 'answer', 'aria-live': 'polite' });
  limit.watch((bytes) => {
    slider.value = String(bytes);
    slider.setAttribute('aria-valuetext', format.bytes(bytes));
    number.value = String(Math.round((bytes / MIB) * 100) / 100);
    answer.textContent = sentence(plans, smallest_limit, bytes);
  });
  return h(
    'div',
    { class: 'toolbar limit' },
    h('span', {}, 'Memory limit'),
    slider,
    h('label', {}, number, ' MiB'),
    answer,
  );
}

function sentence(plans: readonly Plan[], smallest: number | null, limit: number): string {
  const best = bestPlan(plans, limit);
  if (best) {
    const source = best.measuredRate === null ? 'predicted' : 'measured';
    return `${nameOf(best)}: ${format.rate(rateOf(best))} rows a second (${source}), at most ${format.bytes(peakOf(best))}.`;
  }
  if (smallest !== null && smallest <= limit) {
    return `None of these plans fits. Weir keeps any limit from ${format.bytes(smallest)} up, but more slowly than they are.`;
  }
  return smallest === null
    ? 'No plan fits.'
    : `No plan fits: the smallest limit that can be kept is ${format.bytes(smallest)}.`;
}

function planTable(plans: readonly Plan[], limit: Observable<number>): HTMLElement {
  const table = new DataTable<Plan>('Plans', [
    {
      title: 'Rows at a time',
      value: (plan) => plan.micro_batch,
      show: (plan) => format.count(plan.micro_batch),
    },
    { title: 'Threads', value: (plan) => plan.threads, show: (plan) => format.count(plan.threads) },
    { title: 'Mode', value: (plan) => plan.mode, show: (plan) => plan.mode },
    {
      title: 'Peak, predicted',
      value: (plan) => plan.predictedPeak,
      show: (plan) => format.bytes(plan.predictedPeak),
    },
    {
      title: 'Peak, measured',
      value: (plan) => plan.measuredPeak,
      show: (plan) => format.bytes(plan.measuredPeak),
    },
    {
      title: 'Rows/s, predicted',
      value: (plan) => plan.predictedRate,
      show: (plan) => format.rate(plan.predictedRate),
    },
    {
      title: 'Rows/s, measured',
      value: (plan) => plan.measuredRate,
      show: (plan) => format.rate(plan.measuredRate),
    },
    {
      title: 'Fits',
      value: (plan) => (fits(plan, limit.value) ? 'yes' : 'no'),
      show: (plan) =>
        plan === bestPlan(plans, limit.value)
          ? 'yes, fastest'
          : fits(plan, limit.value)
            ? 'yes'
            : 'no',
    },
  ]);
  table.mark((plan, row) => {
    row.classList.toggle('too-large', !fits(plan, limit.value));
    row.classList.toggle('best', plan === bestPlan(plans, limit.value));
  });
  table.rows = plans;
  limit.watch(() => table.update());
  return table.element;
}
