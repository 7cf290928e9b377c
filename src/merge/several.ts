/**
 * Lists with at least one member.
 */

export type AtLeastOne<T> = readonly [T, ...T[]];

/** Each member changed. */
export function mapAll<T, U>([first, ...others]: AtLeastOne<T>, change: (one: T) => U): AtLeastOne<U> {
  return [change(first), ...others.map(change)];
}
