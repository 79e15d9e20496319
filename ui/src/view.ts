/** Which part of a run a chart shows: from all of it to one step, along steps or along time. */
import { Observable } from './observable';
import type { Profile } from './profile';

export type Axis = 'step' | 'time';
export type Range = readonly [from: number, to: number];

export class View {
  readonly axis: Observable<Axis>;
  readonly range: Observable<Range>;
  /** Where each sample begins, by axis, and at last where the last one ends. */
  readonly #edges: Record<Axis, Float64Array>;

  constructor({ series }: Profile) {
    this.#edges = {
      step: withEnd(series.step, 1),
      time: withEnd(series.time, lastDuration(series)),
    };
    this.axis = new Observable<Axis>('step');
    this.range = new Observable(this.whole);
  }

  get edges(): Float64Array {
    return this.#edges[this.axis.value];
  }

  get samples(): number {
    return this.edges.length - 1;
  }

  get whole(): Range {
    return [this.edges[0]!, this.edges[this.samples]!];
  }

  get isWhole(): boolean {
    const [from, to] = this.range.value;
    return from <= this.whole[0] && to >= this.whole[1];
  }

  /** The sample during which `x` was. */
  sampleAt(x: number): number {
    return lastNotAfter(x, this.edges, this.samples);
  }

  /** The sample of a step, or of the one recorded before it. */
  sampleOfStep(step: number): number {
    return lastNotAfter(step, this.#edges.step, this.samples);
  }

  /** The first and the last sample of which something is in view. */
  get inView(): Range {
    const [from, to] = this.range.value;
    const last = this.sampleAt(to);
    return [this.sampleAt(from), this.edges[last]! >= to ? Math.max(0, last - 1) : last];
  }

  /** The share that lies within the run, and one step of it at least. */
  show([from, to]: Range): void {
    const [first, last] = this.whole;
    const span = Math.min(Math.max(to - from, this.#shortest((from + to) / 2)), last - first);
    const start = Math.min(Math.max(from, first), last - span);
    this.range.set([start, start + span]);
  }

  /** A factor below 1 shows less of the run, in which `around` stays where it is. */
  zoom(factor: number, around = this.center): void {
    const [from, to] = this.range.value;
    const span = Math.max((to - from) * factor, this.#shortest(around));
    const start = around - ((around - from) / (to - from)) * span;
    this.show([start, start + span]);
  }

  /** By a share of what is in view. */
  pan(share: number): void {
    const [from, to] = this.range.value;
    const distance = (to - from) * share;
    this.show([from + distance, to + distance]);
  }

  reset(): void {
    this.show(this.whole);
  }

  /** Moves the view so that the sample is in it. */
  reveal(sample: number): void {
    const [from, to] = this.range.value;
    const [begin, end] = this.#extent(sample);
    if (begin < from) this.show([begin, begin + to - from]);
    else if (end > to) this.show([end - (to - from), end]);
  }

  showOnly(sample: number): void {
    this.show(this.#extent(sample));
  }

  /** Keeps in view the samples that are in view. */
  switchTo(axis: Axis): void {
    const [from, to] = this.inView;
    this.axis.set(axis);
    this.range.set([this.edges[from]!, this.edges[to + 1]!]);
  }

  get center(): number {
    const [from, to] = this.range.value;
    return (from + to) / 2;
  }

  #extent(sample: number): Range {
    const begin = this.edges[sample]!;
    return [begin, this.axis.value === 'step' ? begin + 1 : this.edges[sample + 1]!];
  }

  #shortest(around: number): number {
    const [begin, end] = this.#extent(this.sampleAt(around));
    const [first, last] = this.whole;
    return end - begin || (last - first) / this.samples; // A coarse clock gives two steps one time.
  }
}

/** The index of the last of the first `count` edges that is not after `x`; 0 if all are. */
function lastNotAfter(x: number, edges: Float64Array, count: number): number {
  let low = 0;
  let high = count - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (edges[middle]! <= x) low = middle;
    else high = middle - 1;
  }
  return low;
}

function withEnd(begins: Float64Array, lastLength: number): Float64Array {
  const edges = new Float64Array(begins.length + 1);
  edges.set(begins);
  edges[begins.length] = (begins.at(-1) ?? 0) + lastLength;
  return edges;
}

function lastDuration({ time, step_seconds }: Profile['series']): number {
  const last = step_seconds.at(-1);
  if (last !== undefined && last > 0) return last;
  return time.length > 1 ? time.at(-1)! - time.at(-2)! || 1e-6 : 1;
}
