/** This run beside another one: verdicts, owners, layers, and resident memory over each other. */
import { h, swatch } from '../dom';
import * as format from '../format';
import { stackedOwners } from '../owners';
import type { Profile } from '../profile';
import type { Report } from '../report';
import { section } from '../section';
import { DataTable, type Column } from '../table';
import { TimeChart } from '../timechart';
import { View } from '../view';

/** Something that both runs have, or only one of them. */
interface Pair {
  readonly name: string;
  readonly color?: string;
  readonly here: number | null;
  readonly there: number | null;
}

export interface CompareSection {
  readonly element: HTMLElement;
  readonly chart: TimeChart | null;
}

export function compareSection(report: Report, other: Profile): CompareSection {
  const { profile } = report;
  const chart = overlay(profile, other);
  const element = section(
    'compare',
    'Compared with another run',
    `This run (A) beside ${nameOf(other)} (B).`,
    h(
      'dl',
      { class: 'verdicts' },
      ...[profile, other].flatMap((run, index) => [
        h('dt', {}, `${'AB'[index]} · ${nameOf(run)}`),
        h('dd', {}, run.verdict.sentence),
      ]),
    ),
    chart && h('h3', {}, 'Resident memory'),
    chart && h('div', { class: 'plot' }, chart.element, overlayKey()),
    h('h3', {}, 'Numbers of the runs'),
    pairTable('The runs', 'Number', runPairs(profile, other), false),
    h('h3', {}, 'Owners, at their peaks'),
    pairTable('Owners of both runs', 'Owner', ownerPairs(report, other), true),
    h('h3', {}, 'Layers, time of one call'),
    layerTable(profile, other),
  );
  return { element, chart };
}

const nameOf = ({ model, run }: Profile): string =>
  [model?.name ?? 'a run', run.started !== null && format.moment(run.started)]
    .filter(Boolean)
    .join(', ');

/** Both along the steps of the longer of the two. */
function overlay(profile: Profile, other: Profile): TimeChart | null {
  const longer =
    (profile.series.step.at(-1) ?? -1) >= (other.series.step.at(-1) ?? -1) ? profile : other;
  if (longer.series.step.length === 0) return null;
  const line = (label: string, run: Profile, stroke: string, dash?: number[]) => ({
    label,
    values: residentAt(run, longer.series.step),
    stroke,
    width: 2,
    ...(dash && { dash }),
  });
  return new TimeChart({
    view: new View(longer),
    height: 220,
    lines: [line('A', profile, 'var(--run-a)'), line('B', other, 'var(--run-b)', [6, 4])],
    value: format.bytes,
    binary: true,
  });
}

function residentAt({ series }: Profile, steps: Float64Array): Float64Array {
  let sample = -1;
  const last = series.step.at(-1) ?? -1;
  return steps.map((step) => {
    while (sample + 1 < series.step.length && series.step[sample + 1]! <= step) ++sample;
    return sample < 0 || step > last ? NaN : (series.resident[sample] ?? NaN);
  });
}

const overlayKey = () =>
  h(
    'p',
    { class: 'key' },
    h('span', {}, swatch('var(--run-a)'), 'A, solid'),
    h('span', {}, swatch('var(--run-b)'), 'B, dashed'),
  );

function runPairs(a: Profile, b: Profile): Pair[] {
  const pair = (name: string, value: (run: Profile) => number | null): Pair => ({
    name,
    here: value(a),
    there: value(b),
  });
  const peak = ({ series }: Profile) =>
    series.resident.length > 0
      ? series.resident.reduce((most, value) => (value > most ? value : most), 0)
      : null;
  return [
    pair('Peak resident', peak),
    pair('Planned peak', (run) => run.planned_peak_bytes),
    pair('Resident at the end', (run) => run.resident_bytes),
    pair('Growth a step', (run) => run.verdict.bytes_per_step),
    pair('Arena', (run) => run.arena?.bytes ?? null),
  ];
}

function ownerPairs({ profile, palette }: Report, other: Profile): Pair[] {
  const here = stackedOwners(profile, palette).reverse();
  const there = stackedOwners(other, palette).reverse();
  const twin = (name: string) => there.find((owner) => owner.name === name);
  const pairs = here.map(({ name, color, peak_bytes }) => ({
    name,
    color,
    here: peak_bytes,
    there: twin(name)?.peak_bytes ?? null,
  }));
  const onlyThere = there.filter(({ name }) => !here.some((owner) => owner.name === name));
  return [
    ...pairs,
    ...onlyThere.map(({ name, color, peak_bytes }) => ({
      name,
      color,
      here: null,
      there: peak_bytes,
    })),
  ];
}

function layerTable(profile: Profile, other: Profile): HTMLElement {
  const medians = new Map(other.layers.map((layer) => [layer.name, layer.seconds.median]));
  const names = new Set(profile.layers.map((layer) => layer.name));
  const pairs: Pair[] = [
    ...profile.layers.map((layer) => ({
      name: layer.name,
      here: layer.seconds.median,
      there: medians.get(layer.name) ?? null,
    })),
    ...other.layers
      .filter((layer) => !names.has(layer.name))
      .map((layer) => ({ name: layer.name, here: null, there: layer.seconds.median })),
  ];
  const signed = (value: number | null) =>
    value === null ? '–' : `${value < 0 ? '−' : '+'}${format.seconds(Math.abs(value))}`;
  return tableOf('Layers of both runs', 'Layer', pairs, format.seconds, signed).element;
}

function pairTable(caption: string, first: string, pairs: Pair[], sums: boolean): HTMLElement {
  return tableOf(caption, first, pairs, format.bytes, format.signedBytes, sums).element;
}

const difference = ({ here, there }: Pair): number | null =>
  here === null || there === null ? null : there - here;
/** Beyond a hundred times, how many times says no more. */
const times = (ratio: number): string => (ratio > 100 ? '> 100 ×' : `${ratio.toFixed(2)} ×`);
const ratio = ({ here, there }: Pair): number | null =>
  here === null || there === null || here === 0 ? null : there / here;

function tableOf(
  caption: string,
  first: string,
  pairs: Pair[],
  show: (value: number | null) => string,
  signed: (value: number | null) => string,
  sums = false,
): DataTable<Pair> {
  const sum = (value: (pair: Pair) => number | null) => (shown: readonly Pair[]) =>
    show(shown.reduce((total, pair) => total + (value(pair) ?? 0), 0));
  const column = (title: string, value: (pair: Pair) => number | null): Column<Pair> => ({
    title,
    value,
    show: (pair) => show(value(pair)),
    ...(sums && { sum: sum(value) }),
  });
  const table = new DataTable<Pair>(caption, [
    {
      title: first,
      value: (pair) => pair.name,
      show: (pair) =>
        h(
          'span',
          { class: 'name', title: pair.name },
          pair.color ? swatch(pair.color) : '',
          pair.name,
        ),
      ...(sums && { sum: () => 'Sum' }),
    },
    column('A', (pair) => pair.here),
    column('B', (pair) => pair.there),
    { title: 'B − A', value: difference, show: (pair) => signed(difference(pair)) },
    {
      title: 'B ÷ A',
      value: ratio,
      show: (pair) => (ratio(pair) === null ? '–' : times(ratio(pair)!)),
    },
  ]);
  table.rows = pairs;
  return table;
}
