/**
 * The libseccomp of this machine, in any version: rules in, a program out.
 */

import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import koffi from "koffi";
import { decodeProgram } from "../../../src/bpf/codec.ts";
import type { Program } from "../../../src/bpf/instruction.ts";
import type { ActionName, OperatorName } from "../../../src/profile/profile.ts";
import type { Architecture } from "../../../src/tables/architectures.ts";
import { temporaryDirectory } from "../programs/program.ts";
import { LIBSECCOMP } from "../running/needs.ts";

/** SCMP_ACT_* of seccomp.h 2.5.4; the data, if any, go into the lower half. */
const ACTION_CODES: Readonly<Record<ActionName, number>> = {
  SCMP_ACT_KILL: 0x00000000,
  SCMP_ACT_KILL_THREAD: 0x00000000,
  SCMP_ACT_KILL_PROCESS: 0x80000000,
  SCMP_ACT_TRAP: 0x00030000,
  SCMP_ACT_ERRNO: 0x00050000,
  SCMP_ACT_NOTIFY: 0x7fc00000,
  SCMP_ACT_TRACE: 0x7ff00000,
  SCMP_ACT_LOG: 0x7ffc0000,
  SCMP_ACT_ALLOW: 0x7fff0000,
};

/** enum scmp_compare of seccomp.h. */
const OPERATOR_CODES: Readonly<Record<OperatorName, number>> = {
  SCMP_CMP_NE: 1,
  SCMP_CMP_LT: 2,
  SCMP_CMP_LE: 3,
  SCMP_CMP_EQ: 4,
  SCMP_CMP_GE: 5,
  SCMP_CMP_GT: 6,
  SCMP_CMP_MASKED_EQ: 7,
};

/** SCMP_ARCH_X32 is a token of libseccomp's own: the kernel uses the same one for x86-64 and x32. */
const SCMP_ARCH_X32 = 0x4000003e;
/** enum scmp_filter_attr. */
const SCMP_FLTATR_ACT_BADARCH = 2;
const SCMP_FLTATR_CTL_OPTIMIZE = 8;

/** A condition of libseccomp: for MASKED_EQ the mask, then the value. */
export interface RawCondition {
  readonly index: number;
  readonly op: OperatorName;
  readonly value: bigint;
  readonly valueTwo: bigint;
}

type Context = unknown;

export interface RealLibseccomp {
  /** For example 2.5.4. */
  readonly version: string;
  /** A filter without rules, for these architectures only; undefined if libseccomp refuses the default action. */
  init(defaultCode: number): RealFilter | undefined;
  /** The number on this machine's architecture, a pseudo number if it lacks the call; -1 if the name is unknown. */
  number(name: string): number;
}

export interface RealFilter {
  /** Sets the architectures of the filter; 0 or a negative errno. */
  setArchitectures(architectures: readonly Architecture[]): number;
  /** Adds an architecture; 0 or a negative errno. */
  addArchitecture(arch: Architecture): number;
  /** Turns the programs into binary trees, as runc does for many rules; 0 or a negative errno. */
  optimize(): number;
  /** Sets the action for calls of all other architectures, initially KILL_THREAD; 0 or a negative errno. */
  setForeignAction(code: number): number;
  /** Adds a rule; 0 or a negative errno. */
  add(code: number, number: number, conditions: readonly RawCondition[]): number;
  /** The program, in the byte order of its architectures. */
  program(bigEndian: boolean): Program;
  release(): void;
}

/** The code of an action, with the data of ERRNO and TRACE. */
export function actionCode(action: ActionName, data: number): number {
  const code = ACTION_CODES[action];
  return action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE" ? code + data : code;
}

let loaded: RealLibseccomp | undefined;

/** Loads the library once; undefined if the machine does not have it. */
export function loadRealLibseccomp(): RealLibseccomp | undefined {
  loaded ??= LIBSECCOMP.isMet() ? load() : undefined;
  return loaded;
}

function load(): RealLibseccomp {
  const library = koffi.load("libseccomp.so.2");
  koffi.struct("scmp_version", { major: "uint32_t", minor: "uint32_t", micro: "uint32_t" });
  koffi.struct("scmp_arg_cmp", { arg: "uint32_t", op: "int", datum_a: "uint64_t", datum_b: "uint64_t" });
  const version = library.func("const scmp_version *seccomp_version(void)");
  const init = library.func("void *seccomp_init(uint32_t)");
  const release = library.func("void seccomp_release(void *)");
  const archAdd = library.func("int seccomp_arch_add(void *, uint32_t)");
  const archRemove = library.func("int seccomp_arch_remove(void *, uint32_t)");
  const native = library.func("uint32_t seccomp_arch_native(void)");
  const attrSet = library.func("int seccomp_attr_set(void *, int, uint32_t)");
  const apiSet = library.func("int seccomp_api_set(unsigned int)");
  const resolve = library.func("int seccomp_syscall_resolve_name(const char *)");
  const ruleAdd = library.func(
    "int seccomp_rule_add_array(void *, uint32_t, int, unsigned int, scmp_arg_cmp *)",
  );
  const exportBpf = library.func("int seccomp_export_bpf(void *, int)");
  // Otherwise KILL_PROCESS and LOG are refused on kernels without them; the programs are never loaded here.
  apiSet(3);
  const { major, minor, micro } = koffi.decode(version(), "scmp_version");
  const file = join(temporaryDirectory(), "program");
  const tokenOf = (arch: Architecture): number => (arch.name === "x32" ? SCMP_ARCH_X32 : arch.token);

  const filterOf = (context: Context): RealFilter => ({
    setArchitectures(architectures) {
      // All architectures of a filter have one byte order, so remove the machine's own first.
      const gone = archRemove(context, native());
      if (gone !== 0) {
        return gone;
      }
      return architectures.map((arch) => archAdd(context, tokenOf(arch))).find((rc) => rc !== 0) ?? 0;
    },
    addArchitecture: (arch) => archAdd(context, tokenOf(arch)),
    setForeignAction: (code) => attrSet(context, SCMP_FLTATR_ACT_BADARCH, code),
    optimize: () => attrSet(context, SCMP_FLTATR_CTL_OPTIMIZE, 2),
    add: (code, number, conditions) =>
      ruleAdd(
        context,
        code,
        number,
        conditions.length,
        conditions.map(({ index, op, value, valueTwo }) => ({
          arg: index,
          op: OPERATOR_CODES[op],
          datum_a: value,
          datum_b: valueTwo,
        })),
      ),
    program(bigEndian) {
      const fd = openSync(file, "w");
      const rc = exportBpf(context, fd);
      closeSync(fd);
      if (rc !== 0) {
        throw new Error(`seccomp_export_bpf: ${rc}`);
      }
      const program = decodeProgram(readFileSync(file), bigEndian);
      if (program === undefined) {
        throw new Error("half an instruction");
      }
      return program;
    },
    release: () => release(context),
  });

  return {
    version: `${major}.${minor}.${micro}`,
    init(code) {
      const context = init(code);
      return context === null ? undefined : filterOf(context);
    },
    number: (name) => resolve(name),
  };
}
