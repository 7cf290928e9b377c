/**
 * Lists grouped by key.
 */

/** Appends values to the list of a key. */
export function addTo<Key, Value>(groups: Map<Key, Value[]>, key: Key, values: readonly Value[]): void {
  const group = groups.get(key);
  if (group === undefined) {
    groups.set(key, [...values]);
  } else {
    // Not push(...values): there may be more values than a function can take arguments.
    for (const value of values) {
      group.push(value);
    }
  }
}
