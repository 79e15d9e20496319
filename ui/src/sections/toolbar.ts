/** The buttons of the memory chart: which part of the run, along what, and which step. */
import { h } from '../dom';
import * as format from '../format';
import type { Report } from '../report';
import type { Axis, View } from '../view';

export function viewToolbar(report: Report, view: View): HTMLElement {
  const button = (label: string, title: string, click: () => void) =>
    h('button', { type: 'button', 'aria-label': title, title, click }, label);
  return h(
    'div',
    { class: 'toolbar', role: 'group', 'aria-label': 'Part of the run in view' },
    axisSwitch(view),
    h(
      'span',
      { class: 'buttons' },
      button('◀', 'Earlier', () => view.pan(-0.5)),
      button('−', 'Zoom out', () => view.zoom(2)),
      button('+', 'Zoom in', () => view.zoom(0.5, aroundSelected(report, view))),
      button('▶', 'Later', () => view.pan(0.5)),
      h('button', { type: 'button', click: () => view.reset() }, 'Whole run'),
    ),
    stepInput(report, view),
    rangeStatus(report, view),
  );
}

/** Zooming by button or key is about the selected step if it is in view. */
export function aroundSelected({ selected }: Report, view: View): number {
  const [first, last] = view.inView;
  const sample = selected.value;
  return sample !== null && sample >= first && sample <= last ? view.edges[sample]! : view.center;
}

function axisSwitch(view: View): HTMLElement {
  const choice = (axis: Axis, label: string) =>
    h(
      'label',
      {},
      h('input', {
        type: 'radio',
        name: 'axis',
        value: axis,
        checked: view.axis.value === axis,
        change: () => view.switchTo(axis),
      }),
      label,
    );
  return h(
    'fieldset',
    {},
    h('legend', { class: 'spoken' }, 'Horizontal axis'),
    choice('step', 'Steps'),
    choice('time', 'Time'),
  );
}

function stepInput({ profile: { series }, selected }: Report, view: View): HTMLElement {
  const input = h('input', {
    type: 'number',
    min: series.step[0],
    max: series.step.at(-1),
    placeholder: 'none',
    change: () => {
      selected.set(input.value === '' ? null : view.sampleOfStep(Number(input.value)));
    },
  });
  selected.watch((sample) => (input.value = sample === null ? '' : String(series.step[sample])));
  return h('label', { class: 'step-input' }, 'Step ', input);
}

/** Told to screen readers as well, once the view has come to rest. */
function rangeStatus({ profile: { series } }: Report, view: View): HTMLElement {
  const status = h('output', { class: 'range', 'aria-live': 'polite' });
  let timer = 0;
  const tell = () => {
    const [from, to] = view.inView;
    const step = (sample: number) => format.count(series.step[sample]);
    const steps = from === to ? `Step ${step(from)}` : `Steps ${step(from)} to ${step(to)}`;
    status.textContent = view.isWhole ? `The whole run: ${steps.toLowerCase()}` : steps;
  };
  view.range.watch(() => {
    clearTimeout(timer);
    timer = window.setTimeout(tell, 150);
  });
  tell();
  return status;
}
