/**
 * Filters: compiles a policy, reads and writes the bytes, lists the instructions, and runs them on a call.
 */

import { checkProgram } from "../bpf/check.ts";
import { decodeProgram, encodeProgram, INSTRUCTION_SIZE } from "../bpf/codec.ts";
import { compileWithin, SHORTEN, tooLong } from "../bpf/compile.ts";
import type { Instructions } from "../bpf/decode.ts";
import { instructionAt, type Program, programLength } from "../bpf/instruction.ts";
import { interpret as run } from "../bpf/interpret.ts";
import { listing } from "../bpf/listing.ts";
import type { Architecture, ArchitectureName } from "../tables/architectures.ts";
import { type Call, publicVerdict, translated, type Verdict } from "./call.ts";
import type { Diagnostic } from "./diagnostic.ts";
import { internalPolicy, type Policy } from "./policy.ts";
import { archOf } from "./target.ts";

/** A seccomp filter: plain data, which may be copied, stored and sent. */
export interface Filter {
  /** The architecture of the machine that runs it, which decides the byte order. */
  readonly architecture: ArchitectureName;
  /** 1 to 4096 instructions. */
  readonly instructions: readonly Instruction[];
}

/** An instruction of classic BPF: struct sock_filter of `<linux/filter.h>`. */
export interface Instruction {
  /** What it does; 16 bits, see `<linux/bpf_common.h>`. */
  readonly code: number;
  /** How many instructions to skip if the test holds; 8 bits. */
  readonly jt: number;
  /** How many instructions to skip if it does not; 8 bits. */
  readonly jf: number;
  /** The operand; 32 bits, unsigned. */
  readonly k: number;
}

/** The result of {@link compile}. */
export interface Compilation {
  /** Undefined if any diagnostic is an error. */
  readonly filter: Filter | undefined;
  /** That the filter is longer than the kernel accepts. */
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Compiles a policy to a filter for a machine of its native architecture. {@link verify} proves that the two are equal.
 *
 * The filter alone does not confine anybody: whoever installs it must also use the policy's flags, see seccomp(2).
 *
 * @throws TypeError if the policy does not come from {@link resolve}
 *
 * @example
 * ```ts
 * import { compile, encodeFilter, readProfile, resolve } from "seccomp-exec";
 *
 * const { profile } = readProfile(`{
 *   "defaultAction": "SCMP_ACT_ALLOW",
 *   "syscalls": [{ "names": ["mkdir", "mkdirat"], "action": "SCMP_ACT_ERRNO" }]
 * }`);
 * const { policy } = profile ? resolve(profile, { architecture: "aarch64", kernel: "6.12" }) : {};
 * const { filter } = policy ? compile(policy) : {};
 * console.log(filter?.instructions.length); //=> 7
 * console.log(filter && encodeFilter(filter).length); //=> 56
 * ```
 */
export function compile(policy: Policy): Compilation {
  const { policy: internal, arch } = internalPolicy(policy);
  const compiled = compileWithin(internal);
  if (compiled.kind === "filter") {
    return { filter: publicFilter(compiled.program, arch), diagnostics: [] };
  }
  const diagnostic: Diagnostic = {
    code: "filter-too-long",
    severity: "error",
    weight: "mistake",
    message: tooLong(compiled, "the profile"),
    hint: SHORTEN,
    related: [],
  };
  return { filter: undefined, diagnostics: [diagnostic] };
}

/**
 * The bytes of a filter: struct sock_filter after struct sock_filter, 8 bytes each, in the byte order of its architecture. This is
 * what `bubblewrap --seccomp` reads, and `seccomp-exec disasm`.
 *
 * @throws RangeError if the kernel would refuse the filter
 *
 * @example
 * ```ts
 * import { encodeFilter } from "seccomp-exec";
 *
 * // return SECCOMP_RET_ALLOW
 * const instructions = [{ code: 0x06, jt: 0, jf: 0, k: 0x7fff0000 }];
 * console.log(encodeFilter({ architecture: "x86_64", instructions }).join(" ")); //=> 6 0 0 0 0 0 255 127
 * console.log(encodeFilter({ architecture: "s390x", instructions }).join(" ")); //=> 0 6 0 0 127 255 0 0
 * ```
 */
export function encodeFilter(filter: Filter): Uint8Array {
  const { program, arch } = internalFilter(filter);
  return encodeProgram(program, arch.bigEndian);
}

/** The result of {@link decodeFilter}: a filter, or why there is none. */
export type Decoded = DecodedFilter | RefusedBytes;

/** Bytes that are a filter. */
export interface DecodedFilter {
  /** The filter. */
  readonly filter: Filter;
  /** There is none. */
  readonly refusal?: undefined;
}

/** Bytes that are no filter, or one that the kernel would refuse. */
export interface RefusedBytes {
  /** There is none. */
  readonly filter?: undefined;
  /** Why: a sentence without a full stop, which names the instruction at fault. */
  readonly refusal: string;
}

/**
 * Reads the bytes of a filter, and holds it against the rules by which the kernel accepts one (bpf_check_classic,
 * seccomp_check_filter).
 *
 * @param bytes struct sock_filter after struct sock_filter, in the byte order of the architecture
 * @param architecture that of the machine that runs it
 * @throws RangeError if there is no such architecture
 *
 * @example
 * ```ts
 * import { decodeFilter } from "seccomp-exec";
 *
 * const { filter } = decodeFilter(Uint8Array.of(6, 0, 0, 0, 0, 0, 255, 127), "x86_64");
 * console.log(filter?.instructions[0]?.k === 0x7fff0000); //=> true
 *
 * const { refusal } = decodeFilter(Uint8Array.of(5, 0, 0, 0, 9, 0, 0, 0), "x86_64");
 * console.log(refusal); //=> instruction 0: the jump leads out of the program
 * ```
 */
export function decodeFilter(bytes: Uint8Array, architecture: ArchitectureName): Decoded {
  const arch = archOf(architecture);
  const program = decodeProgram(bytes, arch.bigEndian);
  if (program === undefined) {
    return {
      refusal: `${bytes.length} bytes are not a whole number of instructions, each of which has ${INSTRUCTION_SIZE}`,
    };
  }
  const checked = checkProgram(program);
  return checked.kind === "refused" ? { refusal: checked.reason } : { filter: publicFilter(program, arch) };
}

/**
 * Lists the instructions of a filter in the syntax of the kernel's bpf_asm, with comments: the architecture and the call that a test
 * is for, and what a return means.
 *
 * @throws RangeError if the kernel would refuse the filter
 *
 * @example
 * ```ts
 * import { disassemble } from "seccomp-exec";
 *
 * const instructions = [{ code: 0x06, jt: 0, jf: 0, k: 0x00050001 }];
 * console.log(disassemble({ architecture: "x86_64", instructions }).trim()); //=> ret #0x50001                  ; ERRNO(EPERM)
 * ```
 */
export function disassemble(filter: Filter): string {
  const { program, arch } = internalFilter(filter);
  return listing(program, arch);
}

/** The result of {@link interpret}. */
export interface Run {
  /** What the filter returns. */
  readonly verdict: Verdict;
  /** The number of instructions that it executed, the return included. */
  readonly executed: number;
  /** Whether the verdict may depend on the instruction pointer of the call, which is taken as 0. */
  readonly readsInstructionPointer: boolean;
}

/**
 * Runs a filter on a call, as the kernel does.
 *
 * @throws RangeError if there is no such call, or the kernel would refuse the filter
 *
 * @example
 * ```ts
 * import { builtinProfiles, compile, interpret, readProfile, resolve } from "seccomp-exec";
 *
 * const { profile } = readProfile(builtinProfiles["strict.json"]);
 * const { policy } = profile ? resolve(profile, { architecture: "x86_64", kernel: "6.12" }) : {};
 * const { filter } = policy ? compile(policy) : {};
 * if (filter !== undefined) {
 *   console.log(interpret(filter, { architecture: "x86_64", syscall: "ptrace" }).verdict); //=> ERRNO(EPERM)
 * }
 * ```
 */
export function interpret(filter: Filter, call: Call): Run {
  const { instructions, arch: native } = internalFilter(filter);
  const { call: asked, arch } = translated(call);
  const { verdict, executed, pointed } = run(instructions, asked, native.bigEndian);
  return {
    verdict: publicVerdict(verdict, arch ?? native),
    executed,
    readsInstructionPointer: pointed,
  };
}

/** A filter that the kernel accepts, as the stages have it. */
interface Accepted {
  readonly program: Program;
  readonly instructions: Instructions;
  readonly arch: Architecture;
}

/** What is known of filters that cannot change. */
const accepted = new WeakMap<Filter, Accepted>();

/**
 * @throws RangeError if the kernel would refuse the filter
 *
 * @internal
 */
export function internalFilter(filter: Filter): Accepted {
  const known = accepted.get(filter);
  if (known !== undefined) {
    return known;
  }
  const arch = archOf(filter.architecture);
  const program = filter.instructions.flatMap(({ code, jt, jf, k }, at) => {
    if (!isUnsigned(code, 16) || !isUnsigned(jt, 8) || !isUnsigned(jf, 8) || !isUnsigned(k, 32)) {
      throw new RangeError(`instruction ${at}: code has 16 bits, jt and jf have 8, k has 32, all unsigned`);
    }
    return [code, jt, jf, k];
  });
  const checked = checkProgram(program);
  if (checked.kind === "refused") {
    throw new RangeError(`the kernel would refuse the filter: ${checked.reason}`);
  }
  return { program, instructions: checked.instructions, arch };
}

function isUnsigned(value: number, bits: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < 2 ** bits;
}

/** The filter as plain data, frozen, so that it is checked once. */
function publicFilter(program: Program, arch: Architecture): Filter {
  const instructions = Array.from({ length: programLength(program) }, (_, pc) => {
    const [code, jt, jf, k] = instructionAt(program, pc);
    return Object.freeze({ code, jt, jf, k });
  });
  const filter = Object.freeze({ architecture: arch.name, instructions: Object.freeze(instructions) });
  accepted.set(filter, internalFilter(filter));
  return filter;
}
