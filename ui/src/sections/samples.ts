/** What the chart shows, as numbers: the samples in view, evenly thinned to what can be read. */
import { h } from '../dom';
import * as format from '../format';
import { oncePerFrame } from '../observable';
import type { StackedOwner } from '../owners';
import type { Report } from '../report';
import { DataTable, type Column } from '../table';
import type { View } from '../view';

const MOST_ROWS = 50;

export function samplesTable(
  { profile: { series } }: Report,
  view: View,
  owners: readonly StackedOwner[],
): HTMLElement {
  const column = (
    title: string,
    values: Float64Array,
    show: (value: number | undefined) => string,
  ): Column<number> => ({
    title,
    value: (sample) => values[sample],
    show: (sample) => show(values[sample]),
  });
  const table = new DataTable<number>('Samples in view', [
    column('Step', series.step, format.count),
    column('Time', series.time, format.seconds),
    column('Took', series.step_seconds, format.seconds),
    column('Rows', series.rows, format.count),
    column('Queue', series.queue_depth, format.count),
    column('Resident', series.resident, format.bytes),
    column('Proportional', series.proportional, format.bytes),
    column('Anonymous', series.anonymous, format.bytes),
    ...[...owners].reverse().map((owner) => column(owner.name, owner.values, format.bytes)),
  ]);
  const note = h('p', { class: 'hint' });
  const fill = oncePerFrame(() => {
    const [from, to] = view.inView;
    const every = Math.ceil((to - from + 1) / MOST_ROWS);
    const samples: number[] = [];
    for (let sample = from; sample <= to; sample += every) samples.push(sample);
    table.rows = samples;
    note.textContent =
      every === 1
        ? 'Every recorded step in view.'
        : `One in ${format.count(every)} of the recorded steps in view; zoom in to see the others.`;
  });
  view.range.watch(fill);
  return h('div', {}, note, table.element);
}
