/** A value that others are told of when it changes. */
export class Observable<T> {
  readonly #listeners: ((value: T) => void)[] = [];
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  get value(): T {
    return this.#value;
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    for (const listener of this.#listeners) listener(value);
  }

  /** Calls at once, and after each change. */
  watch(listener: (value: T) => void): void {
    this.#listeners.push(listener);
    listener(this.#value);
  }
}

/** Puts many calls within one frame together into one. */
export function oncePerFrame(action: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => {
      waiting = false;
      action();
    });
  };
}
