/** Numbers as people read them, as Weir's program prints them. */
const NONE = '–';

const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** Three digits at least. */
function digits(value: number): string {
  const size = Math.abs(value);
  return value.toFixed(size < 10 ? 2 : size < 100 ? 1 : 0);
}

function scaled(value: number, base: number, units: readonly string[]): string {
  let unit = 0;
  while (Math.abs(value) >= base && unit + 1 < units.length) {
    value /= base;
    ++unit;
  }
  return `${digits(value)} ${units[unit]}`;
}

const known = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);

export function bytes(value: number | null | undefined): string {
  if (!known(value)) return NONE;
  if (Math.abs(value) < 1024) return `${Number.isInteger(value) ? value : digits(value)} B`;
  return scaled(value, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB']);
}

/** With its sign: a growth or a difference. */
export function signedBytes(value: number | null | undefined): string {
  if (!known(value)) return NONE;
  if (Math.abs(value) < 0.005) return '0 B';
  return value > 0 ? `+${bytes(value)}` : `−${bytes(-value)}`;
}

export function seconds(value: number | null | undefined): string {
  if (!known(value)) return NONE;
  if (value === 0) return '0 s';
  if (value < 1e-3) return `${digits(value * 1e6)} µs`;
  if (value < 1) return `${digits(value * 1e3)} ms`;
  return value < 120 ? `${digits(value)} s` : duration(value);
}

function duration(value: number): string {
  const minutes = Math.round(value / 60);
  if (minutes < 120) return `${minutes} min`;
  const hours = value / 3600;
  return hours < 48 ? `${digits(hours)} h` : `${digits(hours / 24)} days`;
}

export const count = (value: number | null | undefined): string =>
  known(value) ? grouped.format(value) : NONE;

export const percent = (share: number | null | undefined): string =>
  known(share) ? `${(share * 100).toFixed(1)} %` : NONE;

/** 1.23 G: numbers of operations and rates. */
export const large = (value: number | null | undefined): string =>
  known(value) ? scaled(value, 1000, ['', 'k', 'M', 'G', 'T', 'P']).trim() : NONE;

export const rate = (value: number | null | undefined): string =>
  !known(value) ? NONE : Math.abs(value) < 100 ? digits(value) : count(value);

export const plural = (value: number, one: string, many = `${one}s`): string =>
  `${count(value)} ${value === 1 ? one : many}`;

/** A time since the start, with as many digits as ticks that lie `apart` seconds apart need. */
export function clock(value: number, apart: number): string {
  const decimals = Math.min(9, Math.max(0, -Math.floor(Math.log10(apart) + 1e-9)));
  if (value < 120) return `${value.toFixed(decimals)} s`;
  const whole = Math.floor(value + 1e-9);
  const two = (part: number) => String(part).padStart(2, '0');
  const fraction = decimals > 0 ? (value - whole).toFixed(decimals).slice(1) : '';
  const minutes = Math.floor(whole / 60);
  const clock = minutes < 60 ? String(minutes) : `${Math.floor(minutes / 60)}:${two(minutes % 60)}`;
  return `${clock}:${two(whole % 60)}${fraction}`;
}

/** A point in time, to the minute; what is no time is shown as it is. */
export function moment(written: string): string {
  const date = new Date(written);
  return Number.isNaN(date.getTime())
    ? written
    : `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
