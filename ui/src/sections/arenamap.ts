/** The map itself: offset upwards, steps of the plan to the right, and above it how much is in use. */
import { h, svg } from '../dom';
import * as format from '../format';
import type { Observable } from '../observable';
import type { Arena, Tensor } from '../profile';
import { nameOfStep } from './arena';

const HEIGHT = 400;
const STRIP = 44;
const MARGIN = { left: 76, right: 12, top: STRIP + 30, bottom: 26 };
const LETTER = 6.4;

export class ArenaMap {
  readonly element: HTMLElement;
  readonly #arena: Arena;
  readonly #moment: Observable<number>;
  readonly #figure = h('div', { class: 'arena-map scroll', tabindex: -1 });
  readonly #tooltip = h('div', { class: 'tooltip', hidden: true, 'aria-hidden': 'true' });
  readonly #ordered: readonly Tensor[];
  readonly #occupied: number[];
  #rectangles = new Map<Tensor, SVGRectElement>();
  #line: SVGRectElement | null = null;
  #current: Tensor;
  #zoom = 1;
  #width = 0;

  constructor(arena: Arena, moment: Observable<number>) {
    this.#arena = arena;
    this.#moment = moment;
    this.#ordered = [...arena.tensors].sort(
      (a, b) => a.first_step - b.first_step || a.offset - b.offset,
    );
    this.#occupied = arena.steps.map((_, step) =>
      occupiedBytes(
        arena.tensors.filter((tensor) => tensor.first_step <= step && step <= tensor.last_step),
      ),
    );
    this.#current = this.#ordered[0]!;
    this.element = h(
      'figure',
      { class: 'plot' },
      this.#figure,
      this.#tooltip,
      h('figcaption', { class: 'hint' }, this.#description()),
    );
    moment.watch(() => this.#placeLine());
    new ResizeObserver(() => {
      const width = this.element.clientWidth;
      if (width !== this.#width) this.#draw((this.#width = width));
    }).observe(this.element);
  }

  zoom(factor: number): void {
    this.#zoom = Math.min(16, Math.max(1, this.#zoom * factor));
    this.#draw(this.#width);
  }

  #description(): string {
    const { widest_step } = this.#arena;
    return (
      `The widest moment is step ${format.count(widest_step)}, ${nameOfStep(this.#arena, widest_step)}. ` +
      'Arrow keys go from tensor to tensor: left and right in time, up and down among those alive together.'
    );
  }

  #x(step: number): number {
    return MARGIN.left + (step / Math.max(1, this.#arena.steps.length)) * this.#inner();
  }

  #y(offset: number): number {
    return MARGIN.top + HEIGHT * (1 - offset / Math.max(1, this.#arena.bytes));
  }

  #inner(): number {
    return Math.max(120, this.#width * this.#zoom - MARGIN.left - MARGIN.right);
  }

  #draw(width: number): void {
    if (width === 0) return;
    const whole = MARGIN.left + this.#inner() + MARGIN.right;
    this.#line = svg('rect', {
      class: 'moment',
      y: MARGIN.top - STRIP - 8,
      height: HEIGHT + STRIP + 8,
    });
    this.#rectangles = new Map(
      this.#ordered.map((tensor, index) => [tensor, this.#rectangle(tensor, index)]),
    );
    const map = svg(
      'svg',
      {
        width: whole,
        height: MARGIN.top + HEIGHT + MARGIN.bottom,
        viewBox: `0 0 ${whole} ${MARGIN.top + HEIGHT + MARGIN.bottom}`,
        role: 'group',
        'aria-label': `Map of the arena: ${format.plural(this.#ordered.length, 'tensor')}`,
        keydown: (event: KeyboardEvent) => this.#key(event),
        click: (event: MouseEvent) => this.#moment.set(this.#stepAt(event)),
      },
      HATCH(),
      this.#axes(),
      this.#strip(),
      this.#widest(),
      svg('g', { class: 'tensors' }, ...this.#rectangles.values()),
      svg(
        'g',
        { class: 'names', 'aria-hidden': 'true' },
        ...this.#ordered.map((tensor) => this.#name(tensor)).filter((name) => name !== null),
      ),
      this.#lowerBound(),
      this.#line,
    );
    this.#figure.replaceChildren(map);
    this.#placeLine();
  }

  #rectangle(tensor: Tensor, index: number): SVGRectElement {
    const { name, storage, offset, bytes, first_step, last_step } = tensor;
    return svg('rect', {
      class: `tensor ${storage.replace(' ', '-')} tone-${index % 3}`,
      x: this.#x(first_step),
      y: this.#y(offset + bytes),
      width: this.#x(last_step + 1) - this.#x(first_step),
      height: this.#y(offset) - this.#y(offset + bytes),
      role: 'img',
      tabindex: tensor === this.#current ? 0 : -1,
      'aria-label':
        `${name}, ${storage}, ${format.bytes(bytes)} at offset ${format.bytes(offset)}, ` +
        `from ${nameOfStep(this.#arena, first_step)} to ${nameOfStep(this.#arena, last_step)}`,
      mouseenter: () => this.#tell(tensor),
      mouseleave: () => (this.#tooltip.hidden = true),
      focus: () => this.#tell(tensor),
      blur: () => (this.#tooltip.hidden = true),
    });
  }

  /** As much of a name as fits into what is seen of its rectangle; nothing if that is a letter or two. */
  #name(tensor: Tensor): SVGTextElement | null {
    const left = this.#x(tensor.first_step);
    const width = this.#x(this.#covered(tensor)) - left;
    const height = this.#y(tensor.offset) - this.#y(tensor.offset + tensor.bytes);
    const letters = Math.floor((width - 8) / LETTER);
    if (tensor.storage === 'view' || height < 14 || letters < 4) return null;
    const shown =
      tensor.name.length <= letters ? tensor.name : `…${tensor.name.slice(1 - letters)}`;
    return svg(
      'text',
      { x: left + 5, y: this.#y(tensor.offset + tensor.bytes) + Math.min(height / 2 + 4, 15) },
      shown,
    );
  }

  /** The step from which another tensor, written over this one's bytes, is drawn over it. */
  #covered({ first_step, last_step, offset, bytes }: Tensor): number {
    const over = this.#ordered.filter(
      (other) =>
        other.first_step > first_step &&
        other.first_step <= last_step &&
        other.offset < offset + bytes &&
        offset < other.offset + other.bytes,
    );
    return Math.min(last_step + 1, ...over.map((other) => other.first_step));
  }

  #axes(): SVGElement {
    const { bytes, steps } = this.#arena;
    const offsets = [0, 0.25, 0.5, 0.75, 1].map((share) => Math.round(bytes * share));
    const every = Math.max(1, Math.ceil(steps.length / (this.#inner() / 60)));
    const positions = steps.map((_, step) => step).filter((step) => step % every === 0);
    return svg(
      'g',
      { class: 'axes', 'aria-hidden': 'true' },
      ...offsets.flatMap((offset) => [
        svg('line', {
          x1: MARGIN.left,
          x2: MARGIN.left + this.#inner(),
          y1: this.#y(offset),
          y2: this.#y(offset),
        }),
        svg(
          'text',
          { x: MARGIN.left - 8, y: this.#y(offset) + 4, 'text-anchor': 'end' },
          format.bytes(offset),
        ),
      ]),
      ...positions.map((step) =>
        svg(
          'text',
          {
            x: (this.#x(step) + this.#x(step + 1)) / 2,
            y: MARGIN.top + HEIGHT + 18,
            'text-anchor': 'middle',
          },
          format.count(step),
        ),
      ),
    );
  }

  /** How many bytes are in use at each step. */
  #strip(): SVGElement {
    const bottom = MARGIN.top - 8;
    const y = (bytes: number) => bottom - (bytes / Math.max(1, this.#arena.bytes)) * STRIP;
    const corners = this.#occupied.map(
      (bytes, step) => `L${this.#x(step)} ${y(bytes)} H${this.#x(step + 1)}`,
    );
    return svg(
      'g',
      { class: 'in-use', 'aria-hidden': 'true' },
      svg('path', { d: `M${MARGIN.left} ${bottom} ${corners.join(' ')} V${bottom} Z` }),
      svg('text', { x: MARGIN.left - 8, y: bottom - 2, 'text-anchor': 'end' }, 'in use'),
    );
  }

  #widest(): SVGElement {
    const { widest_step } = this.#arena;
    const x = this.#x(widest_step);
    const onTheRight = x > MARGIN.left + this.#inner() / 2;
    return svg(
      'g',
      { class: 'widest', 'aria-hidden': 'true' },
      svg('rect', {
        x,
        y: 16,
        width: this.#x(widest_step + 1) - x,
        height: MARGIN.top + HEIGHT - 16,
      }),
      svg(
        'text',
        {
          x: onTheRight ? this.#x(widest_step + 1) : x,
          y: 11,
          'text-anchor': onTheRight ? 'end' : 'start',
        },
        `widest: ${nameOfStep(this.#arena, widest_step)}, ${format.bytes(this.#occupied[widest_step])}`,
      ),
    );
  }

  #lowerBound(): SVGElement {
    const { lower_bound_bytes } = this.#arena;
    const y = this.#y(lower_bound_bytes);
    const right = MARGIN.left + this.#inner();
    return svg(
      'g',
      { class: 'bound', 'aria-hidden': 'true' },
      svg('line', { x1: MARGIN.left, x2: right, y1: y, y2: y }),
      svg(
        'text',
        { x: right - 4, y: y + 14, 'text-anchor': 'end' },
        `lower bound ${format.bytes(lower_bound_bytes)}`,
      ),
    );
  }

  #placeLine(): void {
    const x = this.#x(this.#moment.value);
    this.#line?.setAttribute('x', String(x));
    this.#line?.setAttribute('width', String(Math.max(1.5, this.#x(this.#moment.value + 1) - x)));
  }

  #stepAt(event: MouseEvent): number {
    const left = event.clientX - this.#figure.firstElementChild!.getBoundingClientRect().left;
    const step = Math.floor(((left - MARGIN.left) / this.#inner()) * this.#arena.steps.length);
    return Math.min(this.#arena.steps.length - 1, Math.max(0, step));
  }

  #tell(tensor: Tensor): void {
    const box = this.#rectangles.get(tensor)!.getBoundingClientRect();
    const frame = this.element.getBoundingClientRect();
    const left = Math.min(Math.max(box.left - frame.left, 0), frame.width);
    const line = (name: string, value: string) =>
      h('div', {}, h('span', {}, name), h('b', {}, value));
    this.#tooltip.replaceChildren(
      h('strong', {}, tensor.name),
      line('storage', tensor.storage),
      line('size', format.bytes(tensor.bytes)),
      line('offset', format.bytes(tensor.offset)),
      line('made by', nameOfStep(this.#arena, tensor.first_step)),
      line('last read by', nameOfStep(this.#arena, tensor.last_step)),
    );
    this.#tooltip.hidden = false;
    this.#tooltip.classList.toggle('leftwards', left > frame.width / 2);
    this.#tooltip.style.setProperty('--left', `${left}px`);
  }

  #key(event: KeyboardEvent): void {
    const next = this.#neighbour(event.key);
    if (!next) return;
    event.preventDefault();
    this.#rectangles.get(this.#current)!.setAttribute('tabindex', '-1');
    this.#current = next;
    const rectangle = this.#rectangles.get(next)!;
    rectangle.setAttribute('tabindex', '0');
    rectangle.focus();
  }

  #neighbour(key: string): Tensor | undefined {
    const current = this.#current;
    const index = this.#ordered.indexOf(current);
    const together = this.#ordered
      .filter(
        (tensor) =>
          tensor.first_step <= current.last_step && current.first_step <= tensor.last_step,
      )
      .sort((a, b) => a.offset - b.offset);
    switch (key) {
      case 'ArrowRight':
        return this.#ordered[index + 1];
      case 'ArrowLeft':
        return this.#ordered[index - 1];
      case 'ArrowUp':
        return together[together.indexOf(current) + 1];
      case 'ArrowDown':
        return together[together.indexOf(current) - 1];
      case 'Home':
        return this.#ordered[0];
      case 'End':
        return this.#ordered.at(-1);
      default:
        return undefined;
    }
  }
}

const HATCH = () =>
  svg(
    'defs',
    {},
    svg(
      'pattern',
      {
        id: 'hatch',
        width: 6,
        height: 6,
        patternUnits: 'userSpaceOnUse',
        patternTransform: 'rotate(45)',
      },
      svg('line', { x1: 0, y1: 0, x2: 0, y2: 6, class: 'hatch' }),
    ),
  );

/** Views and tensors written in place lie on bytes of others, which count once. */
export function occupiedBytes(tensors: readonly Tensor[]): number {
  const byOffset = [...tensors].sort((a, b) => a.offset - b.offset);
  let sum = 0;
  let end = 0;
  for (const { offset, bytes } of byOffset) {
    sum += Math.max(0, offset + bytes - Math.max(end, offset));
    end = Math.max(end, offset + bytes);
  }
  return sum;
}
