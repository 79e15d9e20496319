/** The chart as a slider over the run's steps, which is how keyboards and screen readers know it. */
import { h, type Child } from '../dom';
import * as format from '../format';
import type { Report } from '../report';
import type { View } from '../view';
import { aroundSelected } from './toolbar';

export function stepSlider(report: Report, view: View, ...charts: Child[]): HTMLElement {
  const { selected } = report;
  const { series } = report.profile;
  const last = series.step.length - 1;
  const slider = h(
    'div',
    {
      class: 'slider',
      role: 'slider',
      tabindex: 0,
      'aria-label': 'Step of the run',
      'aria-describedby': 'memory-keys',
      'aria-valuemin': series.step[0],
      'aria-valuemax': series.step[last],
      keydown: (event: KeyboardEvent) => {
        const action =
          event.altKey || event.ctrlKey || event.metaKey ? undefined : action_of(event);
        if (!action) return;
        event.preventDefault();
        action();
      },
    },
    ...charts,
  );

  const move = (distance: number) => selected.set(Math.min(last, Math.max(0, from() + distance)));
  const from = () => selected.value ?? view.inView[0] - 1;
  const page = () => Math.max(1, Math.round((view.inView[1] - view.inView[0]) / 10));
  const actions: Record<string, () => void> = {
    ArrowRight: () => move(1),
    ArrowUp: () => move(1),
    ArrowLeft: () => move(-1),
    ArrowDown: () => move(-1),
    PageUp: () => move(page()),
    PageDown: () => move(-page()),
    Home: () => selected.set(0),
    End: () => selected.set(last),
    '+': () => view.zoom(0.5, aroundSelected(report, view)),
    '=': () => view.zoom(0.5, aroundSelected(report, view)),
    '-': () => view.zoom(2, aroundSelected(report, view)),
    '0': () => view.reset(),
    Enter: () => view.showOnly(selected.value ?? view.inView[0]),
    Escape: () => (view.isWhole ? selected.set(null) : view.reset()),
    'Shift+ArrowRight': () => view.pan(0.25),
    'Shift+ArrowLeft': () => view.pan(-0.25),
  };
  const action_of = (event: KeyboardEvent) =>
    actions[event.shiftKey && event.key.startsWith('Arrow') ? `Shift+${event.key}` : event.key];

  selected.watch((sample) => {
    slider.setAttribute('aria-valuenow', String(series.step[sample ?? 0]));
    slider.setAttribute(
      'aria-valuetext',
      sample === null ? 'the whole run' : sentence(report, sample),
    );
  });
  return h(
    'div',
    { class: 'chart-column' },
    slider,
    h(
      'p',
      { id: 'memory-keys', class: 'hint' },
      'Keys: ',
      ...keys(
        ['←', '→'],
        'step',
        ['+', '−'],
        'zoom',
        ['Shift ←', 'Shift →'],
        'pan',
        ['Enter'],
        'this step only',
        ['0'],
        'whole run',
      ),
    ),
  );
}

function keys(...parts: (string[] | string)[]): Child[] {
  return parts.flatMap((part): Child[] =>
    typeof part === 'string'
      ? [` ${part}  `]
      : part.flatMap((key): Child[] => [h('kbd', {}, key), ' ']),
  );
}

function sentence({ profile: { series } }: Report, sample: number): string {
  const step = `Step ${format.count(series.step[sample])} at ${format.seconds(series.time[sample])}`;
  return `${step}: ${format.bytes(series.resident[sample])} resident, took ${format.seconds(series.step_seconds[sample])}`;
}
