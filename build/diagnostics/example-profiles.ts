/**
 * Profiles for the examples of the page, laid out for reading.
 */

import type { Example } from "./explanation.ts";

/** Calls without which `check` warns: a profile that allows just these gets no diagnostic. */
export const ESSENTIALS: readonly string[] = [
  "arch_prctl",
  "clock_getres",
  "clock_gettime",
  "close",
  "execve",
  "exit_group",
  "fstat",
  "getrandom",
  "gettimeofday",
  "mmap",
  "mprotect",
  "newfstatat",
  "openat",
  "pread64",
  "read",
  "write",
];

/** A profile of these rules that denies what it does not name. */
export function denyingExample(...rules: readonly string[]): Example {
  return { profile: profileText("SCMP_ACT_ERRNO", [allow(ESSENTIALS), ...rules]) };
}

/** A rule that allows these calls. */
export function allow(names: readonly string[]): string {
  return `{ "names": [${names.map((name) => `"${name}"`).join(", ")}],\n      "action": "SCMP_ACT_ALLOW" }`;
}

/** The text of a profile: its default, its rules, and further keys. */
export function profileText(defaultAction: string, rules: readonly string[], more = ""): string {
  return `{
  "defaultAction": "${defaultAction}",${more}
  "syscalls": [
    ${rules.join(",\n    ")}
  ]
}
`;
}

/** The same profile for 32-bit programs too. */
export function with32Bit(example: Example): Example {
  const text = String(example.profile);
  return { ...example, profile: text.replace("\n", '\n  "architectures": ["SCMP_ARCH_X86"],\n') };
}

/** A rule that allows one call. */
export const READ: string = '{ "names": ["read"], "action": "SCMP_ACT_ALLOW" }';
