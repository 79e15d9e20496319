/** The frame of a section: a landmark with a heading, and a sentence about what is to be seen. */
import { h, type Child } from './dom';

export function section(
  id: string,
  title: string,
  lead: string,
  ...children: Child[]
): HTMLElement {
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-title` },
    h('h2', { id: `${id}-title`, tabindex: -1 }, title),
    h('p', { class: 'lead' }, lead),
    ...children,
  );
}

/** In place of what was not recorded. */
export const absent = (sentence: string): HTMLElement => h('p', { class: 'absent' }, sentence);

/** What is long, folded away and not even made until it is wanted. */
export function folded(summary: string, open: () => Child[]): HTMLDetailsElement {
  const details = h('details', {}, h('summary', {}, summary));
  let filled = false;
  details.addEventListener('toggle', () => {
    if (details.open && !filled) {
      filled = true;
      details.append(...open().filter((child): child is Node | string => Boolean(child)));
    }
  });
  return details;
}
