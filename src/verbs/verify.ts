/**
 * `verify`: proves that a filter equals a profile on every call, or shows a call on which they differ.
 */

import { type Counterexample, prove } from "../analysis/equivalent.ts";
import { compileForKernel } from "../bpf/compile.ts";
import { programLength } from "../bpf/instruction.ts";
import type { Policy } from "../policy/policy.ts";
import { formatVerdict } from "../policy/verdict.ts";
import { idOfSeen, syscallName } from "../tables/syscalls.ts";
import { jsonReport } from "./json.ts";
import { isFilterFile, loadFilter, loadPolicy } from "./loaded-policy.ts";
import type { VerbHost } from "./output.ts";
import { JSON_OPTION, ownTarget, TARGET_OPTIONS } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, UsageError, type VerbArguments } from "./verb.ts";

const OPTIONS = [...TARGET_OPTIONS, JSON_OPTION] as const;

export const verify = defineVerb({
  name: "verify",
  operands: ["PROFILE", "[FILE.bpf]"],
  summary: "prove that a filter gives the verdict of the profile on every call",
  details: `Compares the filter that PROFILE is compiled to, or the one in FILE.bpf, with what the profile means: for every
architecture, listed or not, every number and all arguments. All paths of the filter are followed; calls that reach the same
return and that the profile does not distinguish are judged together. A filter may load the instruction pointer, which a profile
cannot: it must then give the same verdict for every instruction pointer.

If the two differ, shows a call that they judge differently. Many masks and rules for several arguments together can
take too long to prove: a proof that was cut short is reported as such, with the number of steps, and is no success. What
depends on the machine is resolved for --arch, --caps and --kernel, or for this machine and process.`,
  options: OPTIONS,
  exits: { yes: "proven", no: "different or not proven" },
  example: "seccomp-exec verify builtin:default.json",
  run,
});

function run(
  host: VerbHost,
  { options, operands: [reference, file] }: VerbArguments<typeof OPTIONS, readonly ["PROFILE", "[FILE.bpf]"]>,
): Answer {
  if (isFilterFile(reference)) {
    throw new UsageError("the first operand of verify is a profile", "write: verify PROFILE FILE.bpf");
  }
  const target = ownTarget(host, options);
  const policy = loadPolicy(host, reference, options, target);
  if (policy === undefined) {
    return EXIT_NO;
  }
  const program =
    file === undefined ? compileForKernel(policy, "the profile") : loadFilter(host, file, target.arch);
  const length = programLength(program);
  const proof = prove(policy, program, target.arch.bigEndian);
  const architectures = policy.architectures.map(({ name }) => name);
  const different = proof.kind === "different" ? describe(proof.counterexample, policy) : undefined;
  if (options["--json"]) {
    const { kind: result, sets, steps } = proof;
    const reason = proof.kind === "truncated" ? proof.reason : undefined;
    const report = {
      result,
      instructions: length,
      architectures,
      sets,
      steps,
      reason,
      counterexample: different,
    };
    host.writeLines(jsonReport(report));
  } else if (different !== undefined) {
    const { architecture, syscall, args, instructionPointer, profile, filter } = different;
    const where = instructionPointer === undefined ? "" : `, made at ${instructionPointer},`;
    host.write(
      1,
      `different: ${architecture} ${syscall}(${args.join(", ")})${where} gets ${filter} from the filter, but the profile means ${profile}\n`,
    );
  } else if (proof.kind === "truncated") {
    host.write(
      1,
      `not proven: the proof was cut short, ${proof.reason}; no difference in the ${proof.sets} sets of calls compared before\n`,
    );
  } else {
    host.write(
      1,
      `equal on every call of ${architectures.join(", ")} and every other architecture (${length} instructions, ${proof.sets} sets of calls compared)\n`,
    );
  }
  return proof.kind === "equal" ? EXIT_YES : EXIT_NO;
}

/** The call in words. */
function describe({ call, instructionPointer, arch, ofPolicy, ofProgram }: Counterexample, policy: Policy) {
  const native = policy.architectures[0];
  const id = arch === undefined ? -1 : idOfSeen(arch, call.nr);
  const show = (verdict: number): string =>
    native === undefined ? String(verdict) : formatVerdict(verdict, arch ?? native);
  return {
    architecture: arch?.name ?? `0x${call.arch.toString(16)}`,
    syscall: id < 0 ? String(call.nr) : syscallName(id),
    args: call.args.map((value) => `0x${value.toString(16)}`),
    instructionPointer: instructionPointer === undefined ? undefined : `0x${instructionPointer.toString(16)}`,
    profile: show(ofPolicy),
    filter: show(ofProgram),
  };
}
