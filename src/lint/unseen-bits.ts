/**
 * Ways around a condition by bits of an argument that the kernel does not look at.
 */

import { layoutOf, regions, type Section, sectionAt } from "../analysis/regions.ts";
import { argumentsOf, sampleOf } from "../analysis/words.ts";
import { CutShort, Work } from "../analysis/work.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { addTo } from "../groups.ts";
import { listed } from "../plural.ts";
import { denies } from "../policy/verdict.ts";
import type { Architecture } from "../tables/architectures.ts";
import { isNarrow, narrowArguments } from "../tables/narrow-arguments.ts";
import { type Parameter, signatureOf } from "../tables/signatures.ts";
import { seenNumber, syscallId, syscallName } from "../tables/syscalls.ts";
import { type LintInput, letsThrough, nativeOf, verdictOn } from "./input.ts";
import { openingPlace } from "./places.ts";
import { type NamedCall, proofOf } from "./proof.ts";
import { cTypeOf } from "./types.ts";

/** A call that is let through, and one that is the same for the kernel and denied. */
interface Fooled {
  readonly through: NamedCall;
  readonly denied: NamedCall;
  readonly index: number;
  readonly parameter: Parameter;
}

/** Warns of conditions that a call passes by bits that make no difference to the kernel, one finding per argument of a call. */
export function* unseenBits(input: LintInput): Iterable<Diagnostic> {
  const effort = new Work(MAX_STEPS);
  for (const id of input.policy.rules.conditional) {
    const name = syscallName(id);
    const found = new Map<number, Fooled[]>();
    for (const arch of input.policy.architectures) {
      for (const one of fooledOn(arch, name, input, effort)) {
        addTo(found, one.index, [one]);
      }
    }
    for (const all of found.values()) {
      yield describe(input, all);
    }
  }
}

/** Work limits: for the rules of one call, and for all calls. */
const MAX_STEPS_PER_CALL = 20_000;
const MAX_STEPS = 200_000;
/** Maximum number of denied calls of one name that are tried. */
const MAX_TRIED = 200;

function* fooledOn(arch: Architecture, name: string, input: LintInput, effort: Work): Iterable<Fooled> {
  const id = syscallId(name);
  const signature = signatureOf(arch, id);
  if (signature === undefined) {
    return;
  }
  const section = sectionAt(input.policy, arch.token, seenNumber(arch, id));
  const compared = new Set(section.rules.flatMap(({ conditions }) => conditions.map(({ index }) => index)));
  const narrow = input.policy.wideArguments ? 0 : narrowArguments(arch, id);
  // What conditions compare in 32 bits cannot be fooled by the others.
  const comparedBits = (index: number): bigint => (isNarrow(narrow, index) ? 0xffffffffn : ~0n);
  const unseen = [...compared].filter(
    (index) => (unseenOf(signature[index], arch) & comparedBits(index)) !== 0n,
  );
  if (unseen.length === 0) {
    return;
  }
  const tried = deniedCalls(section, arch, signature, effort).filter((args) =>
    isDenied({ arch, name, args }, input),
  );
  for (const index of unseen) {
    const parameter = signature[index] as Parameter;
    for (const denied of tried) {
      const through = additions(unseenOf(parameter, arch))
        .map((bits) => denied.map((arg, i) => (i === index ? arg | bits : arg)))
        .find((args) => isAllowed({ arch, name, args }, input));
      if (through !== undefined) {
        yield {
          through: { arch, name, args: through },
          denied: { arch, name, args: denied },
          index,
          parameter,
        };
        break;
      }
    }
  }
}

/** The bits of an argument that make no difference; none for a parameter that does not exist, which is reported elsewhere. */
function unseenOf(parameter: Parameter | undefined, { bits }: Architecture): bigint {
  return parameter === undefined || parameter.mask === 0n || parameter.kind === "pointer"
    ? 0n
    : BigInt.asUintN(bits, ~parameter.mask);
}

/** Bits to add, the fewest first. */
function additions(unseen: bigint): readonly bigint[] {
  const bits = Array.from({ length: 64 }, (_, i) => 1n << BigInt(i)).filter((bit) => (unseen & bit) !== 0n);
  // Above 32 bits the first one is the easiest to read.
  const [first] = bits.filter((bit) => bit >= 1n << 32n);
  return [...(first === undefined ? [] : [first]), ...bits, unseen];
}

/** Calls that are probably denied, with no bit set that the kernel does not look at. */
function deniedCalls(
  section: Section,
  arch: Architecture,
  signature: readonly Parameter[],
  effort: Work,
): (readonly bigint[])[] {
  const found = new Map<string, readonly bigint[]>();
  const work = new Work(Math.min(MAX_STEPS_PER_CALL, effort.left));
  try {
    regions(section, false, work, ({ words, verdict }) => {
      if (denies(verdict)) {
        const args = argumentsOf(sampleOf(words), layoutOf(section, false)).map((arg, i) =>
          BigInt.asUintN(arch.bits, arg & (signature[i]?.mask ?? 0n)),
        );
        found.set(args.join(), args);
      }
      return found.size < MAX_TRIED;
    });
  } catch (error) {
    if (!(error instanceof CutShort)) {
      throw error;
    }
  } finally {
    effort.spend(work.steps);
  }
  return [...found.values()];
}

function isDenied({ arch, name, args }: NamedCall, { policy }: LintInput): boolean {
  const verdict = verdictOn(policy, arch, name, args);
  return verdict !== undefined && denies(verdict);
}

function isAllowed({ arch, name, args }: NamedCall, { policy }: LintInput): boolean {
  return letsThrough(policy, arch, name, args);
}

/** Calls that change nothing outside of the process that makes them. */
const HARMLESS: ReadonlySet<string> = new Set(["socket", "personality"]);

function describe(input: LintInput, all: readonly Fooled[]): Diagnostic {
  const [{ through, denied, index, parameter }] = all as [Fooled];
  const { name, arch } = through;
  const on = listed(all.map((one) => one.through.arch.name));
  return {
    code: "way-around-by-unseen-bits",
    severity: "warning",
    message: `the kernel takes only ${bitsOf(parameter)} of argument ${index} of ${name}, '${parameter.name}' (${cTypeOf(parameter)}), on ${on}; the conditions compare more, so a denied call gets through with another bit set`,
    hint:
      input.policy.wideArguments && parameter.cutIn === undefined && parameter.bits === 32
        ? "without --wide-arguments conditions compare what the kernel takes"
        : (parameter.mask & (parameter.mask + 1n)) === 0n
          ? `compare under the mask: SCMP_CMP_MASKED_EQ with 'value' ${parameter.mask}, and what is meant as 'valueTwo'`
          : "compare only the bits that are meant: SCMP_CMP_MASKED_EQ with these bits as 'value', the mask, and as 'valueTwo' those of them that must be set",
    pointer: openingPlace(input, through, denied),
    proof: proofOf(through, denied, HARMLESS.has(name) && arch === nativeOf(input)),
  };
}

function bitsOf({ mask, cutIn }: Parameter): string {
  const source = cutIn === undefined ? "" : ` (${cutIn})`;
  return mask === 0xffffffffn ? `the lower 32 bits${source}` : `the bits 0x${mask.toString(16)}${source}`;
}
