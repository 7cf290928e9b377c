/**
 * The syscall numbers of an architecture as ranges that lead to the same node.
 */

import { MAX_SYSCALL_NUMBER } from "../policy/policy.ts";
import type { ListNumber } from "../policy/rule-table.ts";
import type { Architecture } from "../tables/architectures.ts";
import { FIRST_CODE, type NumberRow } from "../tables/syscalls.ts";
import { type Calls, type ListsByCode, UNDECIDED } from "./calls.ts";
import type { Node } from "./node.ts";
import type { Ranges } from "./ranges.ts";

/** Adds the numbers of one architecture, up to the largest that a syscall can have. */
export function addSyscalls(ranges: Ranges, calls: Calls, arch: Architecture): void {
  const { bits, numberBit } = arch;
  const { rows, lists } = calls.numbersOn(arch);
  for (const row of rows) {
    const gap = lists[row.gap] as ListNumber;
    ranges.add(row.first - 1 + numberBit, calls.of(gap, bits), 0);
    addRow(ranges, calls, lists, row, arch);
  }
  // Numbers above the last one, also those up to the separate calls, are left for newer calls.
  ranges.add(MAX_SYSCALL_NUMBER + numberBit, calls.younger, 0);
}

/** Hardly any program makes x32 calls, so they may take longer. */
const RARE = 1 / 64;

/** A launch passes here for 1300 numbers and 300 ranges, so {@link Ranges.add} is inlined by hand. */
function addRow(
  ranges: Ranges,
  calls: Calls,
  listByCode: ListsByCode,
  { first, codes }: NumberRow,
  { bits, numberBit }: Architecture,
): void {
  const { lasts, nodes, weights } = ranges;
  const known = calls.nodesOf(bits);
  const start = first + numberBit;
  const weight = numberBit === 0 ? 1 : RARE;
  let top = lasts.length - 1;
  let open = top < 0 ? UNDECIDED : (nodes[top] as Node);
  let list = listByCode[codes[0] as number] as ListNumber;
  let count = 0;
  const { length } = codes;
  for (let i = 0; i < length; i += 1) {
    const code = codes[i] as number;
    const own = listByCode[code] as ListNumber;
    if (own !== list) {
      let node = known[list] as Node;
      if (node === UNDECIDED) {
        node = calls.of(list, bits);
      }
      if (node === open) {
        lasts[top] = start + i - 1;
        weights[top] = (weights[top] as number) + count * weight;
      } else {
        open = node;
        top += 1;
        lasts[top] = start + i - 1;
        nodes[top] = node;
        weights[top] = count * weight;
      }
      list = own;
      count = 0;
    }
    if (code >= FIRST_CODE) {
      count += 1;
    }
  }
  ranges.add(start + length - 1, calls.of(list, bits), count * weight);
}
