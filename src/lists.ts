/**
 * Methods of arrays that Node.js 18 lacks, which builds the program on Debian 12 and Ubuntu 24.04.
 */

/** A copy of the list with one value replaced: Array.prototype.with(). */
export function replaced<Value>(list: readonly Value[], index: number, value: Value): Value[] {
  const copy = list.slice();
  copy[index] = value;
  return copy;
}
