/** Layer by layer: time, speed against what the machine can do, and bytes. */
import { h } from '../dom';
import * as format from '../format';
import { oncePerFrame } from '../observable';
import type { Layer, LayerTimes } from '../profile';
import type { Report } from '../report';
import { absent, section } from '../section';
import { DataTable, type Column } from '../table';

interface Row extends Layer {
  readonly index: number;
  readonly share: number;
}

export function layersSection({ profile, selected }: Report, times: LayerTimes): HTMLElement {
  const title = 'Layers';
  const lead =
    'Where the time goes, and how near each layer comes to the most that the machine’s arithmetic can do.';
  if (profile.layers.length === 0)
    return section('layers', title, lead, absent('No layer was timed.'));

  const whole = profile.layers.reduce((sum, layer) => sum + layer.seconds.total, 0);
  const rows = profile.layers.map((layer, index): Row => ({
    ...layer,
    index,
    share: whole > 0 ? layer.seconds.total / whole : 0,
  }));
  let stepTimes: Float32Array | null = null;

  const table = new DataTable<Row>(
    'Layers, in the order in which they run',
    columns(rows, () => stepTimes),
  );
  const status = h('p', { class: 'hint', 'aria-live': 'polite' });
  const filter = h('input', {
    type: 'search',
    placeholder: 'name, class or kind',
    input: () => applyFilter(),
  });

  function applyFilter(): void {
    const words = filter.value.toLowerCase().split(/\s+/).filter(Boolean);
    table.filter((row) =>
      words.every((word) => `${row.name} ${row.class} ${row.kind}`.toLowerCase().includes(word)),
    );
    tell();
  }

  function tell(): void {
    const visible = table.visible;
    const shown =
      visible.length === rows.length
        ? format.plural(rows.length, 'layer')
        : `${visible.length} of ${format.plural(rows.length, 'layer')}`;
    const sample = selected.value;
    const step = format.count(profile.series.step[sample ?? 0]);
    const looked =
      sample === null
        ? 'Select a step in the chart to see its times.'
        : stepTimes
          ? `Step ${step}: ${format.seconds(visible.reduce((sum, row) => sum + (stepTimes?.[row.index] ?? 0), 0))} in these.`
          : 'The times of single steps were not recorded.';
    status.textContent = `${shown}. ${looked}`;
  }

  const update = oncePerFrame(() => {
    stepTimes = selected.value === null ? null : times(selected.value);
    table.update();
    tell();
  });
  table.rows = rows;
  selected.watch(update);
  return section(
    'layers',
    title,
    lead,
    h('div', { class: 'toolbar' }, h('label', {}, 'Filter ', filter), status),
    table.element,
  );
}

function columns(rows: readonly Row[], stepTimes: () => Float32Array | null): Column<Row>[] {
  const sum = (value: (row: Row) => number | null) => (shown: readonly Row[]) =>
    shown.reduce((total, row) => total + (value(row) ?? 0), 0);
  const most = Math.max(...rows.map((row) => row.share));
  const at = (row: Row) => stepTimes()?.[row.index] ?? null;
  const bytes = (title: string, value: (row: Row) => number | null, hint: string): Column<Row> => ({
    title,
    hint,
    value,
    show: (row) => format.bytes(value(row)),
  });
  return [
    {
      title: 'Layer',
      value: (row) => row.name,
      show: (row) => h('span', { class: 'name', title: row.name }, row.name),
      sum: () => 'Sum',
    },
    {
      title: 'Class',
      value: (row) => row.class,
      show: (row) => h('span', { title: row.kind }, row.class),
    },
    { title: 'Calls', value: (row) => row.calls, show: (row) => format.count(row.calls) },
    {
      title: 'Time',
      hint: 'In all calls together',
      value: (row) => row.seconds.total,
      show: (row) => format.seconds(row.seconds.total),
      sum: (shown) => format.seconds(sum((row) => row.seconds.total)(shown)),
    },
    {
      title: 'Share',
      hint: 'Of the time of all layers',
      value: (row) => row.share,
      show: (row) => format.percent(row.share),
      share: (row) => (most > 0 ? row.share / most : 0),
      sum: (shown) => format.percent(sum((row) => row.share)(shown)),
    },
    {
      title: 'Median',
      hint: 'Of one call; from the shortest to the longest in the title of each number',
      value: (row) => row.seconds.median,
      show: ({ seconds }) =>
        h(
          'span',
          { title: `${format.seconds(seconds.minimum)} to ${format.seconds(seconds.maximum)}` },
          format.seconds(seconds.median),
        ),
    },
    {
      title: 'This step',
      hint: 'In the step selected in the chart',
      value: at,
      show: (row) => format.seconds(at(row)),
      sum: (shown) => (stepTimes() ? format.seconds(sum(at)(shown)) : '–'),
    },
    {
      title: 'Of peak',
      hint: 'Multiply-adds a second, as a share of the most that the threads’ arithmetic can do',
      value: (row) => row.peak_share,
      show: (row) => format.percent(row.peak_share),
      share: (row) => row.peak_share,
    },
    {
      title: 'Multiply-adds',
      value: (row) => row.multiply_adds,
      show: (row) => format.large(row.multiply_adds),
    },
    bytes('Made', (row) => row.bytes_made, 'Bytes that the layer writes'),
    bytes('Read', (row) => row.bytes_read, 'Bytes that the layer reads, weights among them'),
    bytes('Alive', (row) => row.bytes_alive, 'Bytes of the arena in use while the layer runs'),
  ];
}
