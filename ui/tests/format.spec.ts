import * as format from '../src/format';
import { expect, test } from './page';

test('sizes are written as the program writes them', () => {
  expect([0, 512, 1023, 1024, 1536, 102400, 101_082_726, 3 * 2 ** 40].map(format.bytes)).toEqual([
    '0 B',
    '512 B',
    '1023 B',
    '1.00 KiB',
    '1.50 KiB',
    '100 KiB',
    '96.4 MiB',
    '3.00 TiB',
  ]);
  expect(format.bytes(4.1)).toBe('4.10 B');
});

test('what is not known is a dash', () => {
  for (const show of [
    format.bytes,
    format.signedBytes,
    format.seconds,
    format.count,
    format.percent,
    format.large,
    format.rate,
  ]) {
    expect([show(null), show(undefined), show(NaN)]).toEqual(['–', '–', '–']);
  }
});

test('differences have their sign', () => {
  expect([2048, 0, -0.001, -2048].map(format.signedBytes)).toEqual([
    '+2.00 KiB',
    '0 B',
    '0 B',
    '−2.00 KiB',
  ]);
});

test('times go from microseconds to days', () => {
  expect([0, 2.5e-6, 0.0421, 1.5, 90, 600, 3 * 3600, 3 * 86400].map(format.seconds)).toEqual([
    '0 s',
    '2.50 µs',
    '42.1 ms',
    '1.50 s',
    '90.0 s',
    '10 min',
    '3.00 h',
    '3.00 days',
  ]);
});

test('ticks of time have the digits that tell them apart', () => {
  expect(format.clock(1.25, 0.05)).toBe('1.25 s');
  expect(format.clock(119, 1)).toBe('119 s');
  expect(format.clock(754, 1)).toBe('12:34');
  expect(format.clock(7384.5, 0.5)).toBe('2:03:04.5');
});
