/**
 * A profile as `weir report --format json` writes it, and the reading of one that may be damaged.
 *
 * Names are the file's. Unknown names are passed over, so that a newer Weir may add some.
 */
import { flag, integers, list, number, oneOf, orNull, record, series, text } from './schema';

export const FORMAT = 'weir-profile';
export const VERSION = 1;

/** The kinds of owners, in the order in which they are stacked: what stays at the bottom. */
export const KINDS = [
  'program',
  'weights',
  'packed',
  'arena',
  'scratch',
  'queue',
  'outputs',
  'stack',
  'recorder',
  'heap',
  'allocator',
  'other',
  'retained',
] as const;
export type Kind = (typeof KINDS)[number];

const owner = record({
  name: text,
  kind: oneOf(KINDS, 'other'),
  bytes: number,
  peak_bytes: number,
  bytes_per_step: orNull(number),
});

const layer = record({
  name: text,
  class: text,
  kind: text,
  calls: number,
  seconds: record({ total: number, minimum: number, median: number, maximum: number }),
  multiply_adds: orNull(number),
  bytes_made: orNull(number),
  bytes_read: orNull(number),
  bytes_alive: orNull(number),
  peak_share: orNull(number),
});

const tensor = record({
  name: text,
  storage: oneOf(['own', 'view', 'in place', 'scratch'], 'own'),
  offset: number,
  bytes: number,
  first_step: number,
  last_step: number,
});

const planPoint = record({
  micro_batch: number,
  threads: number,
  mode: text,
  peak_bytes: number,
  rows_per_second: orNull(number),
});

const holder = record({
  holder: text,
  outputs: number,
  bytes: number,
  bytes_per_step: number,
  low: orNull(number),
  high: orNull(number),
  series: orNull(record({ step: series, bytes: series })),
});

const profile = record({
  verdict: record({
    kind: oneOf(['level', 'growth', 'unknown'], 'unknown'),
    sentence: text,
    holder: orNull(text),
    bytes_per_step: orNull(number),
    low: orNull(number),
    high: orNull(number),
    confidence: orNull(number),
    steps_to_limit: orNull(number),
    seconds_to_limit: orNull(number),
  }),
  run: record({
    started: orNull(text),
    seconds: number,
    steps: number,
    recorded_steps: orNull(number),
    rows: orNull(number),
    finished: orNull(flag),
    batch_size: orNull(number),
    micro_batch: orNull(number),
    threads: orNull(number),
    mode: orNull(text),
    memory_limit: orNull(number),
  }),
  machine: orNull(
    record({
      processor: orNull(text),
      isa: orNull(text),
      cores: orNull(number),
      memory_bytes: orNull(number),
      peak_flops: orNull(number),
    }),
  ),
  model: orNull(
    record({
      name: orNull(text),
      file: orNull(text),
      parameters: orNull(number),
      weight_bytes: orNull(number),
    }),
  ),
  owners: list(owner),
  named_bytes: orNull(number),
  resident_bytes: orNull(number),
  planned_peak_bytes: orNull(number),
  series: record({
    step: series,
    time: series,
    step_seconds: series,
    rows: series,
    resident: series,
    proportional: series,
    anonymous: series,
    queue_depth: series,
    owners: list(series),
  }),
  layers: list(layer),
  layer_seconds: orNull(record({ encoding: text, shape: integers, data: text })),
  arena: orNull(
    record({
      bytes: number,
      lower_bound_bytes: number,
      slices: number,
      widest_step: number,
      steps: list(text),
      tensors: list(tensor),
      advice: list(text),
    }),
  ),
  explorer: orNull(
    record({
      predicted: list(planPoint),
      measured: list(planPoint),
      smallest_limit: orNull(number),
    }),
  ),
  retained: list(holder),
});

export type Profile = ReturnType<typeof profile>;
export type Owner = Profile['owners'][number];
export type Layer = Profile['layers'][number];
export type Arena = NonNullable<Profile['arena']>;
export type Tensor = Arena['tensors'][number];
export type Explorer = NonNullable<Profile['explorer']>;
export type PlanPoint = Explorer['predicted'][number];
export type Holder = Profile['retained'][number];

/** Throws an Error with a sentence for a person when `json` is no profile that this page can show. */
export function decodeProfile(json: unknown): Profile {
  const head = record({ format: text, version: number })(json, 'profile');
  if (head.format !== FORMAT) throw new Error(`The data is "${head.format}", not a Weir profile.`);
  if (head.version !== VERSION) {
    throw new Error(
      `The profile is of version ${head.version}; this page reads version ${VERSION}. ` +
        'Write the report with the Weir that made the profile.',
    );
  }
  const decoded = profile(json, 'profile');
  requireEqualLengths(decoded);
  return decoded;
}

/** A series that was not recorded is empty; one that was has a value for each sample. */
function requireEqualLengths({ series, owners, layer_seconds, layers }: Profile): void {
  const samples = series.step.length;
  const fits = (name: string, values: Float64Array) => {
    if (values.length !== samples && values.length !== 0) {
      throw new Error(
        `profile.series.${name} has ${values.length} entries for ${samples} samples.`,
      );
    }
  };
  if (series.time.length !== samples)
    throw new Error('profile.series.time has no entry for each sample.');
  for (const name of [
    'step_seconds',
    'rows',
    'resident',
    'proportional',
    'anonymous',
    'queue_depth',
  ] as const) {
    fits(name, series[name]);
  }
  series.owners.forEach((values, index) => fits(`owners[${index}]`, values));
  if (samples > 0 && series.owners.length !== owners.length) {
    throw new Error(
      `profile.series.owners has ${series.owners.length} series for ${owners.length} owners.`,
    );
  }
  const shape = layer_seconds?.shape;
  if (shape && (shape.length !== 2 || shape[0] !== samples || shape[1] !== layers.length)) {
    throw new Error(
      `profile.layer_seconds is of shape ${shape.join(' × ')}, not ${samples} × ${layers.length}.`,
    );
  }
}

/** The seconds of every layer in the given sample, or null where none were recorded. */
export type LayerTimes = (sample: number) => Float32Array | null;

/** Only what is asked for is decoded: of the millions of numbers most are never looked at. */
export function decodeLayerTimes({ layer_seconds }: Profile): LayerTimes {
  if (!layer_seconds) return () => null;
  const { encoding, data, shape } = layer_seconds;
  const [samples = 0, layers = 0] = shape;
  if (encoding !== 'float32-base64') {
    throw new Error(`profile.layer_seconds is encoded as "${encoding}", which is unknown here.`);
  }
  if (NO_BASE64.test(data) || decodedLength(data) !== samples * layers * 4) {
    throw new Error(`profile.layer_seconds does not hold ${samples} × ${layers} numbers.`);
  }
  return (sample) => {
    const begin = sample * layers * 4;
    const group = Math.floor(begin / 3); // Four letters are three bytes.
    const letters = data.slice(group * 4, Math.ceil((begin + layers * 4) / 3) * 4);
    const view = new DataView(bytesOfBase64(letters).buffer, begin - group * 3);
    return Float32Array.from({ length: layers }, (_, layer) => view.getFloat32(layer * 4, true));
  };
}

const NO_BASE64 = /[^A-Za-z0-9+/=]/;

const decodedLength = (encoded: string): number =>
  (encoded.length / 4) * 3 - (encoded.endsWith('==') ? 2 : encoded.endsWith('=') ? 1 : 0);

export function bytesOfBase64(encoded: string): Uint8Array<ArrayBuffer> {
  const characters = atob(encoded);
  const bytes = new Uint8Array(characters.length);
  for (let i = 0; i < bytes.length; ++i) bytes[i] = characters.charCodeAt(i);
  return bytes;
}
