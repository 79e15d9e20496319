/** A table that sorts by any column, by mouse and keyboard, and that a screen reader can follow. */
import { h, type Child } from './dom';

export interface Column<Row> {
  readonly title: string;
  /** What the column sorts by; null sorts last in either direction. */
  readonly value: (row: Row) => number | string | null | undefined;
  /** What a cell shows. */
  readonly show: (row: Row) => Child;
  /** A bar behind the cell, from 0 to 1. */
  readonly share?: (row: Row) => number | null;
  /** Below the column, for the rows that are shown. */
  readonly sum?: (rows: readonly Row[]) => Child;
  /** A sentence about what is in the column. */
  readonly hint?: string;
}

type Direction = 'ascending' | 'descending';

export class DataTable<Row> {
  readonly element: HTMLElement;
  readonly #columns: readonly Column<Row>[];
  readonly #headers: HTMLTableCellElement[];
  readonly #body = h('tbody');
  readonly #foot = h('tfoot');
  #rows: readonly Row[] = [];
  #sorted: { column: Column<Row>; direction: Direction } | null = null;
  #shown: (row: Row) => boolean = () => true;
  #mark: (row: Row, element: HTMLTableRowElement) => void = () => {};

  constructor(caption: string, columns: readonly Column<Row>[]) {
    this.#columns = columns;
    this.#headers = columns.map((column) =>
      h(
        'th',
        { scope: 'col', title: column.hint },
        h('button', { type: 'button', click: () => this.#toggle(column) }, column.title),
      ),
    );
    this.element = h(
      'div',
      { class: 'scroll rows', tabindex: 0, role: 'region', 'aria-label': caption },
      h(
        'table',
        {},
        h('caption', { class: 'spoken' }, caption),
        h('thead', {}, h('tr', {}, ...this.#headers)),
        this.#body,
        this.#foot,
      ),
    );
  }

  set rows(rows: readonly Row[]) {
    this.#rows = rows;
    this.update();
  }

  /** The rows that the filter lets through, in the order in which they are shown. */
  get visible(): Row[] {
    const rows = this.#rows.filter(this.#shown);
    const sorted = this.#sorted;
    if (!sorted) return rows;
    const sign = sorted.direction === 'ascending' ? 1 : -1;
    return rows.sort((a, b) => compare(sorted.column.value(a), sorted.column.value(b), sign));
  }

  filter(shown: (row: Row) => boolean): void {
    this.#shown = shown;
    this.update();
  }

  /** Lets the caller put classes and the like on each row. */
  mark(mark: (row: Row, element: HTMLTableRowElement) => void): void {
    this.#mark = mark;
  }

  sort(title: string, direction: Direction): void {
    const column = this.#columns.find((candidate) => candidate.title === title);
    if (column) this.#sorted = { column, direction };
    this.update();
  }

  update(): void {
    this.#columns.forEach((column, index) => {
      const sorted = this.#sorted?.column === column ? this.#sorted.direction : 'none';
      this.#headers[index]!.setAttribute('aria-sort', sorted);
    });
    const rows = this.visible;
    this.#body.replaceChildren(...rows.map((row) => this.#row(row)));
    const sums = this.#columns.some((column) => column.sum) && rows.length > 1;
    this.#foot.replaceChildren(...(sums ? [this.#sums(rows)] : []));
    const first = rows[0] ?? this.#rows[0];
    this.#columns.forEach((column, index) => {
      const number = first !== undefined && typeof column.value(first) !== 'string';
      this.#headers[index]!.classList.toggle('number', number);
    });
  }

  #row(row: Row): HTMLTableRowElement {
    const element = h(
      'tr',
      {},
      ...this.#columns.map((column, index) => this.#cell(column, index, row)),
    );
    this.#mark(row, element);
    return element;
  }

  #cell(column: Column<Row>, index: number, row: Row): HTMLTableCellElement {
    const cell = h(
      index === 0 ? 'th' : 'td',
      index === 0 ? { scope: 'row' } : {},
      column.show(row),
    );
    if (typeof column.value(row) !== 'string') cell.classList.add('number');
    const share = column.share?.(row);
    if (share !== undefined && share !== null) {
      cell.classList.add('bar');
      cell.style.setProperty('--share', `${Math.min(1, Math.max(0, share)) * 100}%`);
    }
    return cell;
  }

  #sums(rows: readonly Row[]): HTMLTableRowElement {
    return h(
      'tr',
      {},
      ...this.#columns.map((column, index) =>
        index === 0
          ? h('th', { scope: 'row' }, column.sum?.(rows))
          : h('td', { class: 'number' }, column.sum?.(rows)),
      ),
    );
  }

  /** Numbers are first asked for from the largest, words from A. */
  #toggle(column: Column<Row>): void {
    const word = this.#rows.some((row) => typeof column.value(row) === 'string');
    const first: Direction = word ? 'ascending' : 'descending';
    const second: Direction = word ? 'descending' : 'ascending';
    const again = this.#sorted?.column === column && this.#sorted.direction === first;
    this.#sorted = { column, direction: again ? second : first };
    this.update();
  }
}

type Value = number | string | null | undefined;

function compare(a: Value, b: Value, sign: number): number {
  const missing = (value: Value) => value === null || value === undefined || Number.isNaN(value);
  if (missing(a) || missing(b)) return Number(missing(a)) - Number(missing(b));
  if (typeof a === 'string' || typeof b === 'string')
    return sign * String(a).localeCompare(String(b), 'en', { numeric: true });
  return sign * (a! - b!);
}
