/** Light or dark: as the system has it, until the button says otherwise. Paper is always light. */
import { h } from './dom';

type Theme = 'light' | 'dark';
const KEY = 'weir-report-theme';
const systemIsDark = matchMedia('(prefers-color-scheme: dark)');
const paper = matchMedia('print');

const COLORS_CHANGED = 'colorschanged';

/** Calls when what is drawn on a canvas has to be drawn again, in other colours. */
export function onColorsChanged(listener: () => void): void {
  document.addEventListener(COLORS_CHANGED, listener);
  systemIsDark.addEventListener('change', listener);
  paper.addEventListener('change', listener);
}

function remembered(): Theme | null {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === 'light' || theme === 'dark' ? theme : null;
  } catch {
    return null; // Storage is refused to pages of files by some settings.
  }
}

function remember(theme: Theme): void {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // The choice then lasts for as long as the page is open.
  }
}

function show(theme: Theme): void {
  document.documentElement.dataset['theme'] = theme;
  document.dispatchEvent(new Event(COLORS_CHANGED));
}

export function themeButton(): HTMLElement {
  const chosen = remembered();
  if (chosen) document.documentElement.dataset['theme'] = chosen;
  const isDark = () =>
    (document.documentElement.dataset['theme'] ?? (systemIsDark.matches ? 'dark' : 'light')) ===
    'dark';
  const button = h('button', { type: 'button', class: 'quiet', click: toggle }, 'Dark');
  const tell = () => button.setAttribute('aria-pressed', String(isDark()));
  function toggle(): void {
    const theme = isDark() ? 'light' : 'dark';
    remember(theme);
    show(theme);
  }
  onColorsChanged(tell);
  tell();
  return button;
}

const probe = h('span', { hidden: true });
const known = new Map<string, string>();
onColorsChanged(() => known.clear());

/** What a colour of the style sheet is at the moment, for a canvas, which knows no style sheet. */
export function resolved(color: string): string {
  const found = known.get(color);
  if (found !== undefined) return found;
  if (!probe.isConnected) document.body.append(probe);
  probe.style.color = color;
  const resolved = getComputedStyle(probe).color;
  known.set(color, resolved);
  return resolved;
}
