/**
 * Lists by keys.
 */

/** Adds values behind those that a key has already. */
export function addTo<Key, Value>(groups: Map<Key, Value[]>, key: Key, values: readonly Value[]): void {
  const group = groups.get(key);
  if (group === undefined) {
    groups.set(key, [...values]);
  } else {
    // Not push(...values): there may be more than a function takes arguments.
    for (const value of values) {
      group.push(value);
    }
  }
}
