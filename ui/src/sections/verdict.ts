/** The verdict in one sentence, and the run's facts beside it. */
import { h, svg, type Child } from '../dom';
import * as format from '../format';
import type { Profile } from '../profile';

const WORDS = { level: 'Level', growth: 'Growth', unknown: 'Not known yet' } as const;

/** A water line: level, rising, or dotted. The words beside it say the same. */
const SHAPES = {
  level: 'M4 16 H28',
  growth: 'M4 25 L12 20 L20 13 L28 5',
  unknown: 'M4 16 h3 m5 0 h3 m5 0 h3 m5 0 h2',
};

export function verdictSection({ verdict, run, ...profile }: Profile): HTMLElement {
  const facts = [
    ...verdictFacts(verdict),
    ...memoryFacts({ ...profile, verdict, run }),
    ...runFacts(run),
  ].filter(Boolean);
  const list = h('dl', { class: 'facts' }, ...facts);
  list.style.setProperty(
    '--columns',
    String(facts.length > 7 ? Math.ceil(facts.length / 2) : facts.length),
  );
  return h(
    'section',
    { id: 'verdict', class: `verdict ${verdict.kind}`, 'aria-labelledby': 'verdict-title' },
    h(
      'div',
      { class: 'verdict-line' },
      svg(
        'svg',
        { viewBox: '0 0 32 32', 'aria-hidden': 'true', class: 'verdict-icon' },
        svg('path', { d: SHAPES[verdict.kind] }),
      ),
      h(
        'h2',
        { id: 'verdict-title', tabindex: -1 },
        h('span', { class: 'kind' }, WORDS[verdict.kind]),
        verdict.sentence,
      ),
    ),
    list,
  );
}

function fact(name: string, value: Child, note?: string | false): HTMLElement {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value, note && h('small', {}, note)));
}

function verdictFacts({
  kind,
  holder,
  bytes_per_step,
  low,
  high,
  confidence,
  ...limit
}: Profile['verdict']): Child[] {
  if (kind !== 'growth') return [];
  const interval =
    low !== null &&
    high !== null &&
    `${format.signedBytes(low)} to ${format.signedBytes(high)}` +
      (confidence === null ? '' : `, ${Math.round(confidence * 100)} % confidence`);
  return [
    fact('Growth a step', format.signedBytes(bytes_per_step), interval),
    holder !== null && fact('Held by', holder),
    limit.steps_to_limit !== null &&
      fact(
        'Until the limit',
        format.plural(limit.steps_to_limit, 'step'),
        limit.seconds_to_limit !== null && `${format.seconds(limit.seconds_to_limit)} at this pace`,
      ),
  ];
}

function memoryFacts({
  series,
  owners,
  planned_peak_bytes,
  named_bytes,
  resident_bytes,
  run,
}: Profile): Child[] {
  const peak = series.resident.reduce((most, value) => (value > most ? value : most), 0);
  return [
    peak > 0 &&
      fact(
        'Peak resident',
        format.bytes(peak),
        planned_peak_bytes !== null && `planned ${format.bytes(planned_peak_bytes)}`,
      ),
    named_bytes !== null &&
      resident_bytes !== null &&
      fact(
        'Named',
        format.percent(named_bytes / resident_bytes),
        `${format.bytes(named_bytes)}, ${format.plural(owners.length, 'owner')}`,
      ),
    run.memory_limit !== null && fact('Memory limit', format.bytes(run.memory_limit)),
  ];
}

function runFacts(run: Profile['run']): Child[] {
  const rows = run.rows ?? 0;
  const thinned = run.recorded_steps !== null && run.recorded_steps < run.steps;
  return [
    fact(
      'Steps',
      format.count(run.steps),
      thinned && `${format.count(run.recorded_steps)} recorded`,
    ),
    fact('Time', format.seconds(run.seconds), run.finished === false && 'the run did not finish'),
    rows > 0 &&
      run.seconds > 0 &&
      fact('Rows a second', format.rate(rows / run.seconds), format.plural(rows, 'row')),
    run.batch_size !== null &&
      fact(
        'Batch',
        format.plural(run.batch_size, 'row'),
        run.micro_batch !== null && `${format.count(run.micro_batch)} at a time`,
      ),
    run.threads !== null && fact('Threads', format.count(run.threads), run.mode ?? false),
  ];
}
