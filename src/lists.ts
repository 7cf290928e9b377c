/**
 * What lists have in newer engines than Node.js 18, which builds the program on Debian 12 and Ubuntu 24.04.
 */

/** A copy of the list with another value at one place. */
export function replaced<Value>(list: readonly Value[], index: number, value: Value): Value[] {
  const copy = list.slice();
  copy[index] = value;
  return copy;
}
