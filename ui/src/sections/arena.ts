/** The arena of one step: which tensor lies where, from when to when. */
import { h, type Child } from '../dom';
import * as format from '../format';
import { Observable } from '../observable';
import type { Arena, Tensor } from '../profile';
import type { Report } from '../report';
import { absent, folded, section } from '../section';
import { DataTable, type Column } from '../table';
import { ArenaMap, occupiedBytes } from './arenamap';

export function arenaSection({ profile: { arena } }: Report): HTMLElement {
  const title = 'The arena of one step';
  const lead =
    'Each rectangle is a tensor: as high as it is large, from the moment it is made to the last that reads it. ' +
    'Tensors that are never alive together share a place.';
  if (!arena || arena.tensors.length === 0)
    return section('arena', title, lead, absent('The run has no arena of its own.'));

  const moment = new Observable(arena.widest_step);
  const map = new ArenaMap(arena, moment);
  return section(
    'arena',
    title,
    lead,
    h('p', { class: 'facts-line' }, sizes(arena)),
    h('div', { class: 'toolbar' }, momentInput(arena, moment), zoomButtons(map), legend()),
    map.element,
    advice(arena.advice),
    aliveAt(arena, moment),
    folded(`All ${format.plural(arena.tensors.length, 'tensor')}`, () => [
      tensorTable('All tensors of the arena', arena, arena.tensors).element,
    ]),
  );
}

function sizes({ bytes, lower_bound_bytes, slices }: Arena): string {
  const bound =
    lower_bound_bytes > 0
      ? `: ${(bytes / lower_bound_bytes).toFixed(3)} × the lower bound of ${format.bytes(lower_bound_bytes)}, below which no plan can go`
      : '';
  const each =
    slices > 1
      ? ` There are ${slices} of it, one a thread: ${format.bytes(bytes * slices)} together.`
      : '';
  return `${format.bytes(bytes)}${bound}.${each}`;
}

export const nameOfStep = ({ steps }: Arena, step: number): string => steps[step] ?? `step ${step}`;

function momentInput(arena: Arena, moment: Observable<number>): HTMLElement {
  const input = h('input', {
    type: 'range',
    min: 0,
    max: Math.max(0, arena.steps.length - 1),
    input: () => moment.set(Number(input.value)),
  });
  const name = h('output', {});
  moment.watch((step) => {
    const widest = step === arena.widest_step ? ', the widest moment' : '';
    input.value = String(step);
    name.textContent = `${nameOfStep(arena, step)}${widest}`;
    input.setAttribute('aria-valuetext', name.textContent);
  });
  return h('label', { class: 'moment' }, 'Moment', input, name);
}

function zoomButtons(map: ArenaMap): HTMLElement {
  const button = (label: string, title: string, factor: number) =>
    h(
      'button',
      { type: 'button', 'aria-label': title, title, click: () => map.zoom(factor) },
      label,
    );
  return h(
    'span',
    { class: 'buttons' },
    button('−', 'Narrower map', 0.5),
    button('+', 'Wider map', 2),
  );
}

function legend(): HTMLElement {
  const entry = (storage: string, words: string) =>
    h('span', {}, h('span', { class: `patch ${storage}`, 'aria-hidden': 'true' }), words);
  return h(
    'span',
    { class: 'key' },
    entry('own', 'tensor'),
    entry('in-place', 'written in place'),
    entry('view', 'view of another'),
    entry('scratch', 'scratch'),
  );
}

function advice(sentences: readonly string[]): Child {
  if (sentences.length === 0) return null;
  return h(
    'div',
    { class: 'advice' },
    h('h3', {}, 'What would lower it'),
    h('ul', {}, ...sentences.map((sentence) => h('li', {}, sentence))),
  );
}

const aliveDuring = (step: number) => (tensor: Tensor) =>
  tensor.first_step <= step && step <= tensor.last_step;

function aliveAt(arena: Arena, moment: Observable<number>): HTMLElement {
  const table = tensorTable('Tensors alive at the moment chosen', arena, []);
  const heading = h('h3', {});
  table.sort('Bytes', 'descending');
  moment.watch((step) => {
    const alive = arena.tensors.filter(aliveDuring(step));
    heading.textContent = `Alive while ${nameOfStep(arena, step)} runs: ${format.plural(alive.length, 'tensor')}, ${format.bytes(occupiedBytes(alive))}`;
    table.rows = alive;
  });
  return h('div', { class: 'alive' }, heading, table.element);
}

function tensorTable(caption: string, arena: Arena, tensors: readonly Tensor[]): DataTable<Tensor> {
  const bytes = (title: string, value: (tensor: Tensor) => number): Column<Tensor> => ({
    title,
    value,
    show: (tensor) => format.bytes(value(tensor)),
  });
  const step = (title: string, value: (tensor: Tensor) => number): Column<Tensor> => ({
    title,
    value,
    show: (tensor) => `${format.count(value(tensor))} · ${nameOfStep(arena, value(tensor))}`,
  });
  const table = new DataTable<Tensor>(caption, [
    {
      title: 'Tensor',
      value: (tensor) => tensor.name,
      show: (tensor) => h('span', { class: 'name', title: tensor.name }, tensor.name),
    },
    { title: 'Storage', value: (tensor) => tensor.storage, show: (tensor) => tensor.storage },
    bytes('Bytes', (tensor) => tensor.bytes),
    bytes('Offset', (tensor) => tensor.offset),
    step('Made by', (tensor) => tensor.first_step),
    step('Last read by', (tensor) => tensor.last_step),
  ]);
  table.rows = tensors;
  return table;
}
