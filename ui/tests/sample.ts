/** Profiles made of nothing but a seed: what a run of a residual network would have left. */

export interface SampleOptions {
  readonly seed?: number;
  readonly steps?: number;
  readonly layers?: number;
  /** Bytes that a callback keeps a step; 0 is a level run. */
  readonly kept?: number;
  /** Only every so many steps are recorded. */
  readonly thinning?: number;
}

export type Json = ReturnType<typeof sampleProfile>;

const MIB = 1 << 20;
const KIB = 1 << 10;

function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function sampleProfile(options: SampleOptions = {}) {
  const { seed = 1, steps = 2000, layers: layerCount = 60, kept = 0, thinning = 1 } = options;
  const next = random(seed);
  const layers = sampleLayers(layerCount, next);
  const samples = Math.floor(steps / thinning);
  const base = layers.map((layer) => layer.seconds.median);
  const seconds = new Float32Array(samples * layers.length);

  const series = {
    step: [] as number[],
    time: [] as number[],
    step_seconds: [] as number[],
    rows: [] as number[],
    resident: [] as number[],
    proportional: [] as number[],
    anonymous: [] as number[],
    queue_depth: [] as number[],
    owners: [] as number[][],
  };
  const owners = sampleOwners(layers, kept);
  series.owners = owners.map(() => []);
  let time = 0.02;
  for (let sample = 0; sample < samples; ++sample) {
    const step = sample * thinning;
    let took = 0;
    for (let layer = 0; layer < layers.length; ++layer) {
      const one = base[layer]! * (0.95 + 0.1 * next() + (next() > 0.998 ? 3 * next() : 0));
      seconds[sample * layers.length + layer] = one;
      took += Math.fround(one);
    }
    const values = owners.map((owner) => owner.at(step, next));
    const named = values.reduce((sum, value) => sum + value, 0);
    const resident = named + Math.round(next() * 120 * KIB);
    series.step.push(step);
    series.time.push(time);
    series.step_seconds.push(took);
    series.rows.push(32);
    series.resident.push(resident);
    series.proportional.push(resident - 3 * MIB);
    series.anonymous.push(resident - 9 * MIB);
    series.queue_depth.push(Math.floor(next() * 3));
    values.forEach((value, index) => series.owners[index]!.push(value));
    time += took * 1.02 * thinning;
  }
  for (const layer of layers) layer.calls = steps;
  for (const layer of layers) layer.seconds.total = layer.seconds.median * steps;

  const last = <T>(values: T[]) => values[values.length - 1]!;
  const growth = kept > 0;
  return {
    format: 'weir-profile',
    version: 1,
    verdict: {
      kind: growth ? 'growth' : 'level',
      sentence: growth
        ? `Memory grows by ${(kept / KIB).toFixed(2)} KiB a step: the callback KeepTenth keeps every tenth output.`
        : `Memory is level: less than 3 bytes a step with 99 % confidence, over ${steps.toLocaleString('en')} steps.`,
      holder: growth ? 'callback KeepTenth' : (null as string | null),
      bytes_per_step: growth ? kept : 0.4,
      low: growth ? kept * 0.98 : -2.1,
      high: growth ? kept * 1.02 : 2.9,
      confidence: 0.99,
      steps_to_limit: growth ? Math.round((200 * MIB) / kept) : (null as number | null),
      seconds_to_limit: growth ? 340.5 : (null as number | null),
    },
    run: {
      started: '2026-11-28T16:00:00Z',
      seconds: time,
      steps,
      recorded_steps: samples,
      rows: steps * 32,
      finished: true,
      batch_size: 32,
      micro_batch: 4,
      threads: 2,
      mode: 'throughput',
      memory_limit: null as number | null,
    },
    machine: {
      processor: 'AMD EPYC',
      isa: 'avx2',
      cores: 2,
      memory_bytes: 24 * 1024 * MIB,
      peak_flops: 2.5e11 as number | null,
    },
    model: {
      name: 'resnet_small',
      file: 'resnet_small.keras',
      parameters: 11_689_512,
      weight_bytes: 46_758_048,
    },
    owners: owners.map(({ name, kind }, index) => ({
      name,
      kind,
      bytes: last(series.owners[index]!),
      peak_bytes: series.owners[index]!.reduce((most, value) => Math.max(most, value), 0),
      bytes_per_step: kind === 'retained' ? kept : 0,
    })),
    named_bytes: series.owners.reduce((sum, values) => sum + last(values), 0),
    resident_bytes: last(series.resident),
    planned_peak_bytes: 74 * MIB,
    series,
    layers,
    layer_seconds: {
      encoding: 'float32-base64',
      shape: [samples, layers.length],
      data: Buffer.from(seconds.buffer).toString('base64'),
    } as { encoding: string; shape: number[]; data: string } | null,
    arena: sampleArena(layers) as ReturnType<typeof sampleArena> | null,
    explorer: sampleExplorer(next) as ReturnType<typeof sampleExplorer> | null,
    retained: growth
      ? [
          {
            holder: 'callback KeepTenth',
            outputs: Math.floor(steps / 10),
            bytes: kept * steps,
            bytes_per_step: kept,
            low: kept * 0.98,
            high: kept * 1.02,
            series: {
              step: series.step,
              bytes: series.step.map((step) => Math.floor(step / 10) * 10 * kept),
            },
          },
        ]
      : [],
  };
}

function sampleOwners(layers: ReturnType<typeof sampleLayers>, kept: number) {
  const constant = (bytes: number) => (step: number, next: () => number) => (
    void step,
    void next,
    bytes
  );
  const owners = [
    { name: 'weights', kind: 'weights', at: constant(4 * MIB) },
    { name: 'packed weights', kind: 'packed', at: constant(22 * MIB) },
    {
      name: 'arena',
      kind: 'arena',
      at: constant(2 * Math.max(...layers.map((layer) => layer.bytes_alive))),
    },
    { name: 'scratch', kind: 'scratch', at: constant(640 * KIB) },
    {
      name: 'input queue',
      kind: 'queue',
      at: (_: number, next: () => number) => Math.floor(1 + 3 * next()) * 600 * KIB,
    },
    { name: 'outputs', kind: 'outputs', at: constant(256 * KIB) },
    { name: 'program and libraries', kind: 'program', at: constant(7.5 * MIB) },
    {
      name: 'heap',
      kind: 'heap',
      at: (step: number) => Math.round((2.2 + 0.8 * (1 - Math.exp(-step / 40))) * MIB),
    },
    { name: 'freed, held by the allocator', kind: 'allocator', at: constant(700 * KIB) },
    { name: 'stacks', kind: 'stack', at: constant(180 * KIB) },
    { name: 'recorder', kind: 'recorder', at: constant(1 * MIB) },
  ];
  if (kept > 0)
    owners.push({
      name: 'callback KeepTenth',
      kind: 'retained',
      at: (step) => Math.floor(step / 10) * 10 * kept,
    });
  return owners;
}

function sampleLayers(count: number, next: () => number) {
  const shapes = [
    { class: 'Conv2D', kind: 'convolution', work: 1, share: 0.72 },
    { class: 'BatchNormalization', kind: 'elementwise', work: 0.02, share: 0.04 },
    { class: 'ReLU', kind: 'elementwise', work: 0.01, share: 0.02 },
    { class: 'Conv2D', kind: 'convolution', work: 1.4, share: 0.81 },
    { class: 'Add', kind: 'elementwise', work: 0.02, share: 0.03 },
  ];
  return Array.from({ length: count }, (_, index) => {
    const shape = shapes[index % shapes.length]!;
    const stage = Math.floor((4 * index) / count);
    const made = Math.round((800 * KIB) / 2 ** stage);
    const median = (4e-5 * shape.work + 4e-6) * (0.7 + 0.6 * next());
    const dense = index === count - 1;
    return {
      name: dense
        ? 'predictions'
        : `stage${stage + 1}_${Math.floor(index / shapes.length) + 1}_${shape.class === 'Conv2D' ? 'conv' : shape.class.toLowerCase()}${index % shapes.length}`,
      class: dense ? 'Dense' : shape.class,
      kind: dense ? 'product' : shape.kind,
      calls: 0,
      seconds: { total: 0, minimum: median * 0.95, median, maximum: median * 3.2 },
      multiply_adds: Math.round(4e6 * shape.work * (0.7 + 0.6 * next())),
      bytes_made: made,
      bytes_read: Math.round(made * 1.5),
      bytes_alive: 2 * made + (index % 5 === 3 ? made : 0),
      peak_share: (shape.kind === 'elementwise' ? null : shape.share * (0.75 + 0.3 * next())) as
        number | null,
    };
  });
}

interface SampleTensor {
  name: string;
  storage: 'own' | 'view' | 'in place' | 'scratch';
  offset: number;
  bytes: number;
  first_step: number;
  last_step: number;
}

/** Every fifth output is read again at the end of its block; the lowest gap that is free is taken. */
function sampleArena(layers: ReturnType<typeof sampleLayers>) {
  const tensors: SampleTensor[] = [];
  const lastStep = layers.length - 1;
  const place = (
    name: string,
    storage: SampleTensor['storage'],
    bytes: number,
    first: number,
    last: number,
  ) => {
    const others = tensors
      .filter((other) => other.first_step <= last && first <= other.last_step)
      .sort((a, b) => a.offset - b.offset);
    let offset = 0;
    for (const other of others) {
      if (offset + bytes <= other.offset) break;
      offset = Math.max(offset, other.offset + other.bytes);
    }
    tensors.push({
      name,
      storage,
      offset,
      bytes,
      first_step: first,
      last_step: Math.min(last, lastStep),
    });
  };
  layers.forEach((layer, step) => {
    if (layer.class === 'ReLU' && tensors.length > 0) {
      const source = tensors[tensors.length - 1]!;
      tensors.push({
        ...source,
        name: layer.name,
        storage: 'in place',
        first_step: step,
        last_step: Math.min(step + 1, lastStep),
      });
    } else {
      place(layer.name, 'own', layer.bytes_made, step, step + (step % 5 === 4 ? 5 : 1));
    }
    if (step % 5 === 3)
      place(`${layer.name} (scratch)`, 'scratch', Math.round(layer.bytes_made / 4), step, step);
    if (step === lastStep)
      tensors.push({ ...tensors[tensors.length - 1]!, name: 'flattened', storage: 'view' });
  });
  const alive = layers.map((_, step) =>
    used(tensors.filter((tensor) => tensor.first_step <= step && step <= tensor.last_step)),
  );
  const bytes = Math.max(...tensors.map((tensor) => tensor.offset + tensor.bytes));
  const widest = alive.indexOf(Math.max(...alive));
  return {
    bytes,
    lower_bound_bytes: alive[widest]!,
    slices: 2,
    widest_step: widest,
    steps: layers.map((layer) => layer.name),
    tensors,
    advice: [
      `At its widest moment (${layers[widest]!.name}) the arena holds the shortcut of its block beside input and output of the convolution.`,
      'Three rows at a time instead of four would need a quarter less.',
    ],
  };
}

function used(tensors: SampleTensor[]): number {
  let end = 0;
  let sum = 0;
  for (const { offset, bytes } of [...tensors].sort((a, b) => a.offset - b.offset)) {
    sum += Math.max(0, offset + bytes - Math.max(offset, end));
    end = Math.max(end, offset + bytes);
  }
  return sum;
}

function sampleExplorer(next: () => number) {
  const predicted = [1, 2].flatMap((threads) =>
    ['latency', 'throughput'].flatMap((mode) =>
      [1, 2, 4, 8, 16].map((micro_batch) => {
        const slices = mode === 'throughput' ? threads : 1;
        return {
          micro_batch,
          threads,
          mode,
          peak_bytes: 36 * MIB + slices * micro_batch * 3 * MIB,
          rows_per_second:
            (mode === 'throughput' ? 260 : 240) * threads ** 0.9 * (1 - 0.5 / micro_batch ** 0.7),
        };
      }),
    ),
  );
  const measured = predicted
    .filter((point) => point.threads === 2)
    .map((point) => ({
      ...point,
      peak_bytes: Math.round(point.peak_bytes * (0.95 + 0.04 * next())),
      rows_per_second: point.rows_per_second * (0.9 + 0.15 * next()),
    }));
  return { predicted, measured, smallest_limit: 37 * MIB };
}
