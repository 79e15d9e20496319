/** The owners: the legend of the chart, what each held at the step looked at, and how it grew. */
import { h, swatch } from '../dom';
import * as format from '../format';
import type { Observable } from '../observable';
import { KIND_NAMES, type StackedOwner } from '../owners';
import type { Report } from '../report';

export function ownersLegend(
  { profile, selected }: Report,
  owners: readonly StackedOwner[],
  hidden: Observable<ReadonlySet<StackedOwner>>,
): HTMLElement {
  const when = h('th', { scope: 'col', class: 'number' });
  const cells = new Map(owners.map((owner) => [owner, h('td', { class: 'number' })]));
  const resident = h('td', { class: 'number' });

  function toggle(owner: StackedOwner, shown: boolean): void {
    const next = new Set(hidden.value);
    if (shown) next.delete(owner);
    else next.add(owner);
    hidden.set(next);
  }

  const row = (owner: StackedOwner) =>
    h(
      'tr',
      {},
      h(
        'th',
        { scope: 'row', title: KIND_NAMES[owner.kind] },
        h(
          'label',
          {},
          h('input', {
            type: 'checkbox',
            checked: true,
            change: (event: Event) => toggle(owner, (event.target as HTMLInputElement).checked),
          }),
          swatch(owner.color),
          h('span', {}, owner.name),
        ),
      ),
      cells.get(owner),
      h('td', { class: 'number' }, format.bytes(owner.peak_bytes)),
      h('td', { class: 'number' }, format.signedBytes(owner.bytes_per_step)),
    );

  selected.watch((sample) => {
    when.textContent =
      sample === null ? 'At the end' : `Step ${format.count(profile.series.step[sample])}`;
    const at = sample ?? profile.series.step.length - 1;
    for (const owner of owners)
      cells.get(owner)!.textContent = format.bytes(owner.values[at] ?? owner.bytes);
    resident.textContent = format.bytes(profile.series.resident[at] ?? profile.resident_bytes);
  });

  return h(
    'div',
    { class: 'legend scroll', tabindex: 0, role: 'region', 'aria-label': 'Owners' },
    h(
      'table',
      {},
      h(
        'caption',
        { class: 'spoken' },
        'Owners, from the top of the stack to its bottom. A box unchecked takes one out of the chart.',
      ),
      h(
        'thead',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'col' }, 'Owner'),
          when,
          ...['Peak', 'A step'].map((title) => h('th', { scope: 'col', class: 'number' }, title)),
        ),
      ),
      h('tbody', {}, ...[...owners].reverse().map(row)),
      h(
        'tfoot',
        {},
        h(
          'tr',
          {},
          h('th', { scope: 'row' }, 'Resident'),
          resident,
          h('td', { class: 'number' }, format.bytes(maximum(profile.series.resident))),
          h('td'),
        ),
      ),
    ),
  );
}

const maximum = (values: Float64Array): number | null =>
  values.length === 0
    ? null
    : values.reduce((most, value) => (value > most ? value : most), -Infinity);
