/** Checks that turn unknown JSON into typed values, or throw an Error that names the place. */
export type Check<T> = (value: unknown, path: string) => T;

function wrong(path: string, expected: string, value: unknown): never {
  const found = value === undefined ? 'missing' : value === null ? 'null' : `a ${typeof value}`;
  throw new Error(`${path} should be ${expected}, but is ${found}.`);
}

export const number: Check<number> = (value, path) =>
  typeof value === 'number' ? value : wrong(path, 'a number', value);

export const text: Check<string> = (value, path) =>
  typeof value === 'string' ? value : wrong(path, 'a text', value);

export const flag: Check<boolean> = (value, path) =>
  typeof value === 'boolean' ? value : wrong(path, 'true or false', value);

/** A word of a list; a word that a newer Weir may have added becomes `otherwise`. */
export const oneOf =
  <const T extends string>(words: readonly T[], otherwise: T): Check<T> =>
  (value, path) =>
    words.find((word) => word === text(value, path)) ?? otherwise;

/** What is missing counts as null. */
export const orNull =
  <T>(check: Check<T>): Check<T | null> =>
  (value, path) =>
    value === undefined || value === null ? null : check(value, path);

/** What is missing or null counts as empty. */
export const list =
  <T>(check: Check<T>): Check<T[]> =>
  (value, path) => {
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) return wrong(path, 'a list', value);
    return value.map((item, index) => check(item, `${path}[${index}]`));
  };

export const integers: Check<number[]> = list(number);

/** Numbers by sample; a null among them, which was not read in that sample, is NaN. */
export const series: Check<Float64Array> = (value, path) => {
  if (value === undefined || value === null) return new Float64Array();
  if (!Array.isArray(value)) return wrong(path, 'a list', value);
  const numbers = new Float64Array(value.length);
  for (let i = 0; i < value.length; ++i) {
    const item: unknown = value[i];
    numbers[i] = item === null ? NaN : number(item, `${path}[${i}]`);
  }
  return numbers;
};

export const record =
  <T extends object>(fields: { [Name in keyof T]: Check<T[Name]> }): Check<T> =>
  (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return wrong(path, 'an object', value);
    }
    const source = value as Record<string, unknown>;
    const checked = {} as T;
    for (const name in fields) checked[name] = fields[name](source[name], `${path}.${name}`);
    return checked;
  };
