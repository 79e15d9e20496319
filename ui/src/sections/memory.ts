/** Memory over time, stacked by who owns it, with the time each step took below. */
import { h, swatch, type Child } from '../dom';
import * as format from '../format';
import { Observable } from '../observable';
import { stackedOwners, type StackedOwner } from '../owners';
import type { Report } from '../report';
import { absent, folded, section } from '../section';
import { TimeChart, type Level, type Line } from '../timechart';
import { View } from '../view';
import { ownersLegend } from './owners';
import { samplesTable } from './samples';
import { stepSlider } from './slider';
import { viewToolbar } from './toolbar';

/** What tests, and the console, can ask of the section. */
export interface MemoryProbe {
  readonly view: View;
  readonly chart: TimeChart;
}

export interface MemorySection {
  readonly element: HTMLElement;
  readonly probe: MemoryProbe | null;
}

export function memorySection(report: Report): MemorySection {
  const { profile, selected } = report;
  const title = 'Memory over time';
  if (profile.series.step.length === 0) {
    return {
      element: section(
        'memory',
        title,
        'Who owned how much, step by step.',
        absent('No step was recorded.'),
      ),
      probe: null,
    };
  }

  const view = new View(profile);
  const owners = stackedOwners(profile, report.palette);
  const hidden = new Observable<ReadonlySet<StackedOwner>>(new Set());
  const tooltip = h('div', { class: 'tooltip', hidden: true, 'aria-hidden': 'true' });

  const common = {
    view,
    marked: () => selected.value,
    clicked: (sample: number) => selected.set(selected.value === sample ? null : sample),
  };
  const chart = new TimeChart({
    ...common,
    height: 380,
    lines: stack(report, owners, hidden.value),
    levels: levels(report),
    value: format.bytes,
    binary: true,
    hovered: (sample, left) => showTooltip(tooltip, report, owners, sample, left),
  });
  const pace = new TimeChart({
    ...common,
    height: 76,
    stepsBelow: false,
    lines: [
      { label: 'Step time', values: profile.series.step_seconds, stroke: 'var(--ink)', width: 1 },
    ],
    value: format.seconds,
    binary: false,
  });
  hidden.watch((without) => (chart.lines = stack(report, owners, without)));
  selected.watch(() => {
    if (selected.value !== null) view.reveal(selected.value);
    chart.update();
    pace.update();
  });

  const element = section(
    'memory',
    title,
    'Each colour is one owner; the line is what the operating system counts as resident. ' +
      'Scroll or drag to zoom, click a step to look at it, double-click for the whole run.',
    viewToolbar(report, view),
    h(
      'div',
      { class: 'with-legend' },
      stepSlider(
        report,
        view,
        h('div', { class: 'plot' }, chart.element, tooltip),
        hasPace(report) && paceChart(pace),
      ),
      ownersLegend(report, owners, hidden),
    ),
    folded('The numbers as a table', () => [samplesTable(report, view, owners)]),
  );
  return { element, probe: { view, chart } };
}

const hasPace = (report: Report) => report.profile.series.step_seconds.length > 0;

const paceChart = (pace: TimeChart): Child =>
  h('div', { class: 'plot' }, h('p', { class: 'axis-title' }, 'Time a step took'), pace.element);

/** Painted from the top of the stack down, each owner over what lies above it. */
function stack(
  { profile }: Report,
  owners: readonly StackedOwner[],
  hidden: ReadonlySet<StackedOwner>,
): Line[] {
  const sum = new Float64Array(profile.series.step.length);
  const areas = owners.map((owner) => {
    if (!hidden.has(owner)) owner.values.forEach((value, sample) => (sum[sample]! += value || 0));
    return {
      label: owner.name,
      values: sum.slice(),
      stroke: 'var(--paper)',
      fill: owner.color,
      width: 1,
    };
  });
  const line = {
    label: 'Resident',
    values: profile.series.resident,
    stroke: 'var(--ink)',
    width: 1,
  };
  const resident =
    hidden.size === 0 ? line : { ...line, values: new Float64Array(line.values.length).fill(NaN) };
  return [...areas.reverse(), resident];
}

function levels({ profile }: Report): Level[] {
  const levels = [
    {
      label: `planned peak ${format.bytes(profile.planned_peak_bytes)}`,
      value: profile.planned_peak_bytes,
    },
    {
      label: `memory limit ${format.bytes(profile.run.memory_limit)}`,
      value: profile.run.memory_limit,
    },
  ];
  return levels.filter((level): level is Level => level.value !== null);
}

function showTooltip(
  tooltip: HTMLElement,
  report: Report,
  owners: readonly StackedOwner[],
  sample: number | null,
  left: number,
): void {
  tooltip.hidden = sample === null;
  if (sample === null) return;
  tooltip.replaceChildren(...sampleFacts(report, owners, sample));
  tooltip.classList.toggle('leftwards', left > (tooltip.parentElement?.clientWidth ?? 0) / 2);
  tooltip.style.setProperty('--left', `${left}px`);
}

function sampleFacts(
  { profile: { series } }: Report,
  owners: readonly StackedOwner[],
  sample: number,
): Child[] & Node[] {
  const line = (name: string, value: string, color?: string) =>
    h('div', {}, color ? swatch(color) : '', h('span', {}, name), h('b', {}, value));
  return [
    h('strong', {}, `Step ${format.count(series.step[sample])}`),
    line('at', format.seconds(series.time[sample])),
    line('took', format.seconds(series.step_seconds[sample])),
    line('queue', format.plural(series.queue_depth[sample] ?? 0, 'batch', 'batches')),
    line('resident', format.bytes(series.resident[sample])),
    ...[...owners]
      .reverse()
      .map((owner) => line(owner.name, format.bytes(owner.values[sample]), owner.color)),
  ];
}
