/**
 * Asks the running kernel for the verdicts of a program.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { encodeProgram } from "../../../src/bpf/codec.ts";
import { type Program, RET_K, STRIDE } from "../../../src/bpf/instruction.ts";
import type { Call } from "../../../src/policy/policy.ts";
import { actionOf, type Verdict } from "../../../src/policy/verdict.ts";
import {
  SECCOMP_RET_ALLOW,
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_TRAP,
} from "../../../src/tables/seccomp.ts";
import { compileC } from "./native.ts";
import { runCommand, temporaryDirectory } from "./program.ts";

/** AUDIT_ARCH_I386: the calls that are made by int 0x80. */
export const I386_TOKEN = 0x40000003;

/**
 * Added to every errno of a filter, so that it differs from any errno that a call itself can return: those are below 200, except
 * for 512 and above, which never reach a program.
 */
const MAGIC = 1000;

/** No call returns this by itself. */
const ENOSYS = 38;
const SIGSYS = 31;

const DIRECTORY = temporaryDirectory();

/** The result of a call: the action that the kernel must have taken. */
export type Observed = "allowed" | "killed" | "trapped" | "traced" | `errno ${number}` | "refused";

/** The result that a verdict must lead to. */
export function expected(verdict: Verdict): Observed {
  switch (actionOf(verdict)) {
    case SECCOMP_RET_ALLOW:
    case SECCOMP_RET_LOG:
      return "allowed";
    case SECCOMP_RET_ERRNO:
      return `errno ${verdict & SECCOMP_RET_DATA}`;
    case SECCOMP_RET_TRAP:
      return "trapped";
    case SECCOMP_RET_TRACE:
      return "traced";
    default:
      return "killed";
  }
}

/** Makes the calls under the program, on the running kernel. */
export function observe(program: Program, calls: readonly Call[]): Observed[] {
  const file = join(DIRECTORY, "filter.bpf");
  writeFileSync(file, encodeProgram(withMagicErrnos(program), false));
  const input = calls
    .map(({ arch, nr, args }) => {
      const abi = arch === I386_TOKEN ? "i" : "n";
      return `${abi} ${[nr, ...args].map((value) => value.toString(16)).join(" ")}\n`;
    })
    .join("");
  const probe = compileC("test/kernel/native/verdicts.c");
  const result = runCommand([probe, file], { input });
  const lines = result.stdout.trimEnd().split("\n");
  if (result.status !== 0 || lines.length !== calls.length) {
    throw new Error(`${lines.length} of ${calls.length} calls were made: ${result.stderr}`);
  }
  return lines.map(classify);
}

/** Moves the errnos of a program out of the range of real ones. */
function withMagicErrnos(program: Program): Program {
  return program.map((value, i) => {
    const isReturn = i % STRIDE === STRIDE - 1 && program[i - (STRIDE - 1)] === RET_K;
    return isReturn && actionOf(value) === SECCOMP_RET_ERRNO ? value + MAGIC : value;
  });
}

function classify(line: string): Observed {
  const [what, number] = line.split(" ");
  const value = Number(number);
  if (what === "ret") {
    const errno = -value;
    if (errno >= MAGIC && errno < MAGIC + 512) {
      return `errno ${errno - MAGIC}`;
    }
    return errno === ENOSYS ? "traced" : "allowed";
  }
  if (what === "trap") {
    return "trapped";
  }
  if (what === "signal") {
    return value === SIGSYS ? "killed" : "allowed";
  }
  return "refused";
}

/** Whether a result fits the verdict. An allowed call that the kernel does not have answers ENOSYS. */
export function fits(observed: Observed, verdict: Verdict): boolean {
  const wanted = expected(verdict);
  return observed === wanted || (wanted === "allowed" && observed === "traced");
}
