/**
 * rt_sigreturn and sigreturn: the calls by which a signal handler returns.
 */

import type { Diagnostic } from "../../diagnostic.ts";
import { listed } from "../../plural.ts";
import type { Architecture, ArchitectureName } from "../../tables/architectures.ts";
import { canBeMade, denialOf, denyingPointer, kills } from "../denials.ts";
import { type LintInput, nativeOf } from "../input.ts";
import { programArchitectures } from "./programs.ts";

/** The calls that install a handler. */
const INSTALLING: readonly string[] = ["rt_sigaction", "sigaction", "signal"];

/**
 * The architectures on which a handler that was installed without SA_SIGINFO returns by sigreturn; all other handlers return by
 * rt_sigreturn. setup_frame() of arch/*&#47;kernel/signal*.c in Linux 6.12; ppc64 has the number of sigreturn, and does not use it.
 */
export const RETURNING_BY_SIGRETURN: readonly ArchitectureName[] = [
  "x86",
  "arm",
  "m68k",
  "mips",
  "mipsel",
  "ppc",
  "s390",
  "s390x",
  "sh",
  "sheb",
];

/** Warns if handlers can be installed that cannot return; of other architectures than the native one, it notes it. */
export function signalReturns(input: LintInput): Diagnostic[] {
  const { policy } = input;
  const names = new Set<string>();
  const on = new Set<Architecture>();
  let killed = false;
  for (const arch of programArchitectures(input)) {
    if (!INSTALLING.some((name) => canBeMade(policy, arch, name))) {
      continue;
    }
    for (const name of returningOn(arch)) {
      const verdict = denialOf(policy, arch, name);
      if (verdict !== undefined) {
        names.add(name);
        on.add(arch);
        killed ||= kills(verdict);
      }
    }
  }
  const [first] = names;
  if (first === undefined) {
    return [];
  }
  const isNative = on.has(nativeOf(input));
  const who = isNative ? "a program" : `a program of ${listed([...on].map(({ name }) => name))}`;
  const handler = first === "sigreturn" ? "signal handler without SA_SIGINFO" : "signal handler";
  const them = names.size === 1 ? "it" : "them";
  return [
    {
      code: "denies-sigreturn",
      severity: isNative ? "warning" : "note",
      message: `the profile denies ${listed([...names])} but lets programs install signal handlers: ${who} ${killed ? "is killed" : "crashes"} when its first ${handler} returns`,
      hint: `allow ${them}: handlers return by ${them}, and a recording in which no signal came lacks ${them}`,
      pointer: denyingPointer(input, first),
    },
  ];
}

/** The calls by which handlers return on an architecture. */
function returningOn({ name }: Architecture): readonly string[] {
  return RETURNING_BY_SIGRETURN.includes(name) ? ["rt_sigreturn", "sigreturn"] : ["rt_sigreturn"];
}
