/** What was kept after a step ended, by whom, and how fast that grew. */
import { h, svg } from '../dom';
import * as format from '../format';
import type { Holder } from '../profile';
import type { Report } from '../report';
import { absent, section } from '../section';
import { DataTable } from '../table';

export function retainedSection({ profile }: Report): HTMLElement {
  const title = 'Retained';
  const lead =
    'Outputs that a callback or a consumer still held when it returned: theirs from then on, and not used again.';
  if (profile.retained.length === 0)
    return section('retained', title, lead, absent('Nothing was retained.'));

  const table = new DataTable<Holder>('Retained outputs by holder', [
    {
      title: 'Holder',
      value: (row) => row.holder,
      show: (row) => h('span', { class: 'name', title: row.holder }, row.holder),
    },
    { title: 'Outputs', value: (row) => row.outputs, show: (row) => format.count(row.outputs) },
    { title: 'Bytes', value: (row) => row.bytes, show: (row) => format.bytes(row.bytes) },
    {
      title: 'Growth a step',
      value: (row) => row.bytes_per_step,
      show: (row) => format.signedBytes(row.bytes_per_step),
    },
    {
      title: 'Between',
      hint: 'The interval in which the growth lies',
      value: (row) => row.low,
      show: (row) =>
        row.low === null || row.high === null
          ? '–'
          : `${format.signedBytes(row.low)} and ${format.signedBytes(row.high)}`,
    },
    { title: 'Over the run', value: (row) => row.bytes_per_step, show: sparkline },
  ]);
  table.rows = profile.retained;
  table.sort('Bytes', 'descending');
  return section('retained', title, lead, table.element);
}

const WIDTH = 160;
const HEIGHT = 28;

/** The other columns say in numbers what it shows. */
function sparkline({ series }: Holder): SVGElement | string {
  if (!series || series.bytes.length < 2) return '–';
  const most = Math.max(...series.bytes, 1);
  const first = series.step[0] ?? 0;
  const span = (series.step.at(-1) ?? 0) - first || 1;
  const every = Math.ceil(series.bytes.length / WIDTH);
  const points: string[] = [];
  for (let i = 0; i < series.bytes.length; i += every) {
    const x = ((series.step[i]! - first) / span) * WIDTH;
    const y = HEIGHT - 2 - (series.bytes[i]! / most) * (HEIGHT - 4);
    points.push(`${x.toFixed(1)},${y.toFixed(1)}`);
  }
  return svg(
    'svg',
    {
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      width: WIDTH,
      height: HEIGHT,
      class: 'sparkline',
      'aria-hidden': 'true',
    },
    svg('polygon', { points: `0,${HEIGHT} ${points.join(' ')} ${WIDTH},${HEIGHT}` }),
    svg('polyline', { points: points.join(' ') }),
  );
}
