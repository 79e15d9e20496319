/** Reads the profiles in the page and builds the report of them. */
import './style.css';
import { h, svg, type Child } from './dom';
import { embeddedJson } from './embedded';
import * as format from './format';
import { decodeLayerTimes, decodeProfile, type Profile } from './profile';
import { Report } from './report';
import { arenaSection } from './sections/arena';
import { compareSection } from './sections/compare';
import { explorerSection } from './sections/explorer';
import { layersSection } from './sections/layers';
import { memorySection, type MemoryProbe } from './sections/memory';
import { retainedSection } from './sections/retained';
import { verdictSection } from './sections/verdict';
import { themeButton } from './theme';
import type { TimeChart } from './timechart';

declare global {
  interface Window {
    /** For tests and the console: the data, and what the charts have drawn of it. */
    weirReport?: { report: Report; memory: MemoryProbe | null; overlay: TimeChart | null };
  }
}

async function open(): Promise<void> {
  const root = document.getElementById('report')!;
  try {
    const json = await embeddedJson('profile');
    if (json === null)
      throw new Error(
        'This page holds no profile. "weir report run.weirprof -o report.html" writes one that does.',
      );
    const other = await embeddedJson('other-profile');
    build(root, new Report(decodeProfile(json), other === null ? null : decodeProfile(other)));
  } catch (error) {
    root.replaceChildren(failure(error instanceof Error ? error.message : String(error)));
  }
  requestAnimationFrame(() => performance.mark('weir-shown'));
  document.documentElement.dataset['ready'] = 'true';
}

function build(root: HTMLElement, report: Report): void {
  const { profile, other } = report;
  const memory = memorySection(report);
  const compare = other && compareSection(report, other);
  const sections = [
    verdictSection(profile),
    memory.element,
    arenaSection(report),
    layersSection(report, decodeLayerTimes(profile)),
    explorerSection(report),
    retainedSection(report),
    compare?.element,
  ].filter((section) => section !== undefined && section !== null);
  root.replaceChildren(
    h('a', { class: 'skip', href: '#verdict-title' }, 'To the verdict'),
    masthead(profile, sections),
    h('main', {}, ...sections),
    colophon(profile),
  );
  document.title = `${profile.model?.name ?? 'Run'} · Weir report`;
  window.weirReport = { report, memory: memory.probe, overlay: compare?.chart ?? null };
}

const NAMES: Record<string, string> = {
  verdict: 'Verdict',
  memory: 'Memory',
  arena: 'Arena',
  layers: 'Layers',
  explorer: 'Limits',
  retained: 'Retained',
  compare: 'Compared',
};

function masthead({ model, run }: Profile, sections: HTMLElement[]): HTMLElement {
  const about = [
    model?.parameters != null && format.plural(model.parameters, 'parameter'),
    model?.weight_bytes != null && `${format.bytes(model.weight_bytes)} of weights`,
    run.started !== null && format.moment(run.started),
  ].filter((part) => part !== false);
  return h(
    'header',
    {},
    h('p', { class: 'brand' }, mark(), 'Weir'),
    h('div', { class: 'title' }, h('h1', {}, model?.name ?? 'Run'), h('p', {}, about.join(' · '))),
    h(
      'nav',
      { 'aria-label': 'Sections' },
      ...sections.map(({ id }) => h('a', { href: `#${id}` }, NAMES[id] ?? id)),
      themeButton(),
    ),
  );
}

/** Water that comes over a weir and stays at one level. */
const mark = () =>
  svg(
    'svg',
    { viewBox: '0 0 32 32', 'aria-hidden': 'true' },
    svg('path', { d: 'M2 9 H13 C18 9 16 21 21 21 H30 M2 15 H10 C14 15 13 27 18 27 H30' }),
  );

function colophon({ machine, model }: Profile): HTMLElement {
  const facts: Child[] = [
    model?.file != null && h('span', {}, model.file),
    machine?.processor != null && h('span', {}, machine.processor),
    machine?.isa != null && h('span', {}, machine.isa),
    machine?.cores != null && h('span', {}, format.plural(machine.cores, 'core')),
    machine?.memory_bytes != null &&
      h('span', {}, `${format.bytes(machine.memory_bytes)} of memory`),
    machine?.peak_flops != null &&
      h('span', {}, `${format.large(machine.peak_flops)}FLOP/s at most`),
  ];
  return h('footer', {}, ...facts);
}

const failure = (message: string): HTMLElement =>
  h(
    'main',
    { class: 'failure', role: 'alert' },
    h('h1', {}, 'This report cannot be shown'),
    h('p', {}, message),
  );

void open();
