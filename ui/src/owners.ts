/** Owners in the order in which they are stacked, each with the one colour it has everywhere. */
import { KINDS, type Kind, type Owner, type Profile } from './profile';

export const KIND_NAMES: Record<Kind, string> = {
  program: 'Program and libraries',
  weights: 'Weights',
  packed: 'Packed weights',
  arena: 'Arena',
  scratch: 'Scratch',
  queue: 'Queues',
  outputs: 'Outputs',
  stack: 'Stacks',
  recorder: 'Recorder',
  heap: 'Heap',
  allocator: 'Freed, held by the allocator',
  other: 'Other',
  retained: 'Retained',
};

/** Further owners of one kind get the kind's colour, nearer and nearer to the paper's. */
const STRENGTHS = [100, 72, 50, 85, 60];

export class Palette {
  readonly #colors = new Map<string, string>();

  /** Of all the profiles that the page shows, so that an owner has the same colour in each. */
  constructor(profiles: readonly Profile[]) {
    const seen = new Map<Kind, number>();
    for (const { name, kind } of profiles.flatMap((profile) => profile.owners)) {
      const key = `${kind}/${name}`;
      if (this.#colors.has(key)) continue;
      const rank = seen.get(kind) ?? 0;
      seen.set(kind, rank + 1);
      const strength = STRENGTHS[rank % STRENGTHS.length];
      const color = `var(--owner-${kind})`;
      this.#colors.set(
        key,
        strength === 100 ? color : `color-mix(in oklab, ${color} ${strength}%, var(--paper))`,
      );
    }
  }

  of({ name, kind }: Owner): string {
    return this.#colors.get(`${kind}/${name}`) ?? `var(--owner-${kind})`;
  }
}

export interface StackedOwner extends Owner {
  /** By sample. */
  readonly values: Float64Array;
  readonly color: string;
}

/** From the bottom of the stack to its top. */
export function stackedOwners({ owners, series }: Profile, palette: Palette): StackedOwner[] {
  const rank = (owner: Owner) => KINDS.indexOf(owner.kind);
  return owners
    .map((owner, index) => ({
      ...owner,
      values: series.owners[index] ?? new Float64Array(),
      color: palette.of(owner),
    }))
    .sort((a, b) => rank(a) - rank(b));
}
