import { decodeProfile } from '../src/profile';
import { View } from '../src/view';
import { expect, test } from './page';
import { sampleProfile } from './sample';

const viewOf = (thinning = 1) =>
  new View(decodeProfile(sampleProfile({ steps: 100, layers: 3, thinning })));

test('a view begins with the whole run and comes back to it', () => {
  const view = viewOf();
  expect(view.range.value).toEqual([0, 100]);
  view.zoom(0.1, 50);
  expect(view.range.value).toEqual([45, 55]);
  expect(view.isWhole).toBe(false);
  view.reset();
  expect(view.isWhole).toBe(true);
});

test('zooming in ends at one step', () => {
  const view = viewOf();
  for (let i = 0; i < 20; ++i) view.zoom(0.5, 42.5);
  const [from, to] = view.range.value;
  expect(to - from).toBeCloseTo(1, 9);
  expect(view.inView[0]).toBe(42);
});

test('one step can be shown exactly, by step and by time', () => {
  const view = viewOf();
  view.showOnly(42);
  expect(view.range.value).toEqual([42, 43]);
  expect(view.inView).toEqual([42, 42]);
  view.switchTo('time');
  expect(view.inView).toEqual([42, 42]);
  view.switchTo('step');
  expect(view.range.value).toEqual([42, 43]);
});

test('steps that a coarse clock gave one time can be zoomed into', () => {
  const profile = sampleProfile({ steps: 10, layers: 3 });
  const time = profile.series.time[2]!;
  profile.series.time.fill(time, 2, 8);
  const view = new View(decodeProfile(profile));
  view.switchTo('time');
  for (let i = 0; i < 60; ++i) view.zoom(0.5, time);
  const [from, to] = view.range.value;
  expect(to - from).toBeGreaterThan(0);
  expect(from).toBeLessThanOrEqual(time);
  expect(to).toBeGreaterThanOrEqual(time);
});

test('a view never leaves the run', () => {
  const view = viewOf();
  view.zoom(0.5);
  view.pan(10);
  expect(view.range.value).toEqual([50, 100]);
  view.pan(-10);
  expect(view.range.value).toEqual([0, 50]);
  view.zoom(100);
  expect(view.range.value).toEqual([0, 100]);
});

test('a sample is found for every step, recorded or not', () => {
  const view = viewOf(4);
  expect([-1, 0, 3, 4, 99, 1000].map((step) => view.sampleOfStep(step))).toEqual([
    0, 0, 0, 1, 24, 24,
  ]);
});

test('a step out of view is brought into it', () => {
  const view = viewOf();
  view.show([10, 20]);
  view.reveal(30);
  expect(view.range.value).toEqual([21, 31]);
  view.reveal(5);
  expect(view.range.value).toEqual([5, 15]);
  view.reveal(7);
  expect(view.range.value).toEqual([5, 15]);
});
