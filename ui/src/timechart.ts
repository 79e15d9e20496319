/** A chart along a run's steps or time: uPlot with zoom by wheel and drag, and the page's colours. */
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import * as format from './format';
import { oncePerFrame } from './observable';
import { onColorsChanged, resolved } from './theme';
import type { View } from './view';

export interface Line {
  readonly label: string;
  /** One a sample; NaN is a gap. */
  readonly values: Float64Array;
  readonly stroke: string;
  readonly width: number;
  readonly fill?: string;
  readonly dash?: number[];
}

/** A level across the chart, with its name. */
export interface Level {
  readonly label: string;
  readonly value: number;
}

interface Options {
  readonly view: View;
  readonly height: number;
  readonly lines: readonly Line[];
  readonly levels?: readonly Level[];
  readonly value: (value: number) => string;
  /** Ticks at powers of two, as sizes of memory want them. */
  readonly binary: boolean;
  readonly stepsBelow?: boolean;
  readonly marked?: () => number | null;
  readonly hovered?: (sample: number | null, left: number) => void;
  readonly clicked?: (sample: number) => void;
}

const BINARY_TICKS = Array.from({ length: 50 }, (_, power) => 2 ** power);

const font = (size: number) => `${size}px ${getComputedStyle(document.body).fontFamily}`;

export class TimeChart {
  readonly element: HTMLElement;
  readonly #options: Options;
  readonly #plot: uPlot;
  readonly #redraw: () => void;
  #lines: readonly Line[];

  constructor(options: Options) {
    this.#options = options;
    this.#lines = options.lines;
    this.element = document.createElement('div');
    this.element.className = 'chart';
    this.#plot = new uPlot(this.#plotOptions(), this.#data(), this.element);
    this.#redraw = oncePerFrame(() => this.#plot.redraw(false));
    this.#followSize();
    this.#listen(this.#plot.over);
    onColorsChanged(() => this.#plot.redraw(false)); // At once: a printer waits for no frame.
    options.view.range.watch(() => this.#showRange());
    options.view.axis.watch(() => this.#reload());
  }

  /** The same number of lines as at first, with other values. */
  set lines(lines: readonly Line[]) {
    this.#lines = lines;
    this.#reload();
  }

  /** What is drawn: the values of each line by sample. */
  get drawn(): { label: string; values: number[] }[] {
    return this.#plot.series.slice(1).map((series, index) => ({
      label: String(series.label),
      values: Array.from(this.#plot.data[index + 1]!).slice(0, -1) as number[],
    }));
  }

  /** Draws the mark anew. */
  update(): void {
    this.#redraw();
  }

  #plotOptions(): uPlot.Options {
    const { view, height, binary, stepsBelow = true } = this.#options;
    const axis = { stroke: () => resolved('var(--quiet)'), font: font(12), ticks: { show: false } };
    const grid = { stroke: () => resolved('var(--hairline)'), width: 1 };
    return {
      width: 600,
      height,
      padding: [12, 24, stepsBelow ? 0 : 9, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: () => [...view.range.value] as [number, number] },
        y: { range: (_, __, max) => [0, this.#top(max)] },
      },
      axes: [
        {
          ...axis,
          show: stepsBelow,
          size: 34,
          grid: { show: false },
          values: (_, ticks, __, ___, apart) => ticks.map((tick) => this.#tick(tick, apart)),
        },
        {
          ...axis,
          grid,
          size: 76,
          space: 28,
          ...(binary && { incrs: BINARY_TICKS }),
          values: (_, ticks) => ticks.map(this.#options.value),
        },
      ],
      series: [{}, ...this.#lines.map((line, index) => this.#series(line, index))],
      cursor: {
        y: false,
        points: { show: false },
        drag: { x: true, y: false, setScale: false, dist: 4 },
      },
      hooks: {
        setSelect: [(plot) => this.#zoomTo(plot)],
        setCursor: [(plot) => this.#hover(plot)],
        draw: [(plot) => this.#drawLevels(plot), (plot) => this.#drawMark(plot)],
      },
    };
  }

  /** Whole runs are lines, thinned to pixels; from near, each step is a step, and areas are set apart. */
  #series(line: Line, index: number): uPlot.Series {
    const sloped = uPlot.paths.linear!();
    const stepped = uPlot.paths.stepped!({ align: 1 });
    return {
      label: line.label,
      stroke: () =>
        line.fill && this.#isDense() ? 'transparent' : resolved(this.#lines[index]!.stroke),
      width: line.width,
      ...(line.fill && { fill: () => resolved(this.#lines[index]!.fill!) }),
      ...(line.dash && { dash: line.dash }),
      points: { show: false },
      paths: (...args) => (this.#isDense() ? sloped : stepped)(...args),
    };
  }

  #isDense(): boolean {
    const [from, to] = this.#options.view.inView;
    return to - from > this.#plot.width / 3;
  }

  #data(): uPlot.AlignedData {
    const column = (values: Float64Array) => {
      const column = Array.from(values, (value) => (Number.isNaN(value) ? null : value));
      column.push(column.at(-1) ?? null); // The last sample lasts until its end.
      return column;
    };
    return [this.#options.view.edges, ...this.#lines.map((line) => column(line.values))];
  }

  #reload(): void {
    this.#plot.setData(this.#data(), false);
    this.#showRange();
  }

  #showRange(): void {
    const [min, max] = this.#options.view.range.value;
    this.#plot.setScale('x', { min, max });
  }

  /** A level far above what is drawn would only flatten it. */
  #top(max: number): number {
    const levels = (this.#options.levels ?? []).map((level) => level.value);
    const highest = Math.max(max, ...levels.filter((level) => level < 1.5 * max));
    return highest > 0 ? highest * 1.08 : 1;
  }

  #tick(tick: number, apart: number): string {
    if (this.#options.view.axis.value === 'step')
      return Number.isInteger(tick) ? format.count(tick) : '';
    return format.clock(tick, apart);
  }

  #followSize(): void {
    new ResizeObserver(() => {
      const width = Math.floor(this.element.clientWidth);
      if (width > 0) this.#plot.setSize({ width, height: this.#options.height });
    }).observe(this.element);
  }

  #zoomTo(plot: uPlot): void {
    const { left, width } = plot.select;
    if (width === 0) return;
    this.#options.view.show([plot.posToVal(left, 'x'), plot.posToVal(left + width, 'x')]);
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
  }

  #hover(plot: uPlot): void {
    const left = plot.cursor.left ?? -1;
    const inside = left >= 0 && this.#options.view.samples > 0;
    if (inside) this.#options.hovered?.(this.#sampleAt(left), left + plot.over.offsetLeft);
    else this.#options.hovered?.(null, 0);
  }

  #sampleAt(left: number): number {
    return this.#options.view.sampleAt(this.#plot.posToVal(left, 'x'));
  }

  #listen(over: HTMLElement): void {
    const { view, clicked } = this.#options;
    let pressed = 0;
    over.addEventListener('mousedown', (event) => (pressed = event.clientX));
    over.addEventListener('click', (event) => {
      if (Math.abs(event.clientX - pressed) < 4) clicked?.(this.#sampleAt(event.offsetX));
    });
    over.addEventListener('dblclick', () => view.reset());
    over.addEventListener(
      'wheel',
      (event) => {
        if (event.deltaY > 0 && view.isWhole) return; // There is no more to show: the page may scroll.
        event.preventDefault();
        if (Math.abs(event.deltaX) > Math.abs(event.deltaY))
          view.pan(event.deltaX / over.clientWidth);
        else view.zoom(1.002 ** event.deltaY, this.#plot.posToVal(event.offsetX, 'x'));
      },
      { passive: false },
    );
  }

  #drawLevels({ ctx, bbox, valToPos, scales }: uPlot): void {
    const scale = devicePixelRatio;
    for (const { label, value } of this.#options.levels ?? []) {
      if (value > scales['y']!.max!) continue;
      const y = Math.round(valToPos(value, 'y', true));
      ctx.save();
      ctx.strokeStyle = ctx.fillStyle = resolved('var(--ink)');
      ctx.lineWidth = scale;
      ctx.setLineDash([6 * scale, 4 * scale]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.font = font(11 * scale);
      ctx.textAlign = 'right';
      ctx.textBaseline = 'bottom';
      ctx.fillText(label, bbox.left + bbox.width - 4 * scale, y - 3 * scale);
      ctx.restore();
    }
  }

  #drawMark({ ctx, bbox, valToPos }: uPlot): void {
    const sample = this.#options.marked?.() ?? null;
    if (sample === null) return;
    const { edges } = this.#options.view;
    const from = Math.max(bbox.left, valToPos(edges[sample]!, 'x', true));
    const to = Math.min(bbox.left + bbox.width, valToPos(edges[sample + 1]!, 'x', true));
    if (to < from) return;
    const width = Math.max(to - from, 2 * devicePixelRatio);
    ctx.save();
    ctx.fillStyle = resolved('var(--mark)');
    ctx.fillRect(from, bbox.top, width, bbox.height);
    ctx.restore();
  }
}
