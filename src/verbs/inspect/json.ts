/**
 * What is found out about a profile as JSON.
 */

import type { Exposed } from "../../lint/exposure.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import { formatKernelVersion } from "../../profile/kernel-version.ts";
import { capabilityCount, capabilityName } from "../../tables/capabilities.ts";
import { subjects } from "../../tables/subjects.ts";
import { syscallName } from "../../tables/syscalls.ts";
import { type Judgement, KINDS } from "./calls.ts";
import type { WithCapability } from "./capabilities.ts";
import type { Inspection, JudgedArchitecture } from "./inspection.ts";

/** One object, with every call of every architecture. */
export function jsonOf(inspection: Inspection): string {
  const { label, target, policy, architectures, withCapability, exposure, cost } = inspection;
  const { arch, kernel, caps } = target;
  const verdict = (value: number | undefined): string | null =>
    value === undefined ? null : formatVerdict(value, arch);
  const report = {
    version: 1,
    profile: label,
    kind: policy === undefined ? "filter" : "profile",
    architecture: arch.name,
    kernel: formatKernelVersion(kernel),
    capabilities: Array.from({ length: capabilityCount }, (_, bit) => bit)
      .filter((bit) => ((caps >> BigInt(bit)) & 1n) === 1n)
      .map(capabilityName),
    defaultVerdict: verdict(policy?.defaultVerdict),
    youngerThan: policy?.youngest === undefined ? null : formatKernelVersion(policy.youngest),
    youngerVerdict: verdict(policy?.youngest === undefined ? undefined : policy.youngerVerdict),
    otherArchitectures: verdict(policy?.foreignVerdict),
    architectures: architectures.map(ofArchitecture),
    withCapability: withCapability.map(ofCapability),
    exposure: exposure?.map(ofDanger) ?? null,
    filter:
      "kind" in cost
        ? { instructions: cost.length, tooLong: true, executed: null, unrun: null }
        : {
            instructions: cost.instructions,
            tooLong: false,
            executed: {
              most: cost.most,
              usual: Object.fromEntries(cost.usual.map(({ name, executed }) => [name, executed])),
            },
            unrun: cost.unrun,
          },
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function ofArchitecture({ arch, calls }: JudgedArchitecture) {
  return {
    architecture: arch.name,
    counts: Object.fromEntries(
      KINDS.map((kind) => [kind, calls.filter(({ judgement }) => judgement.kind === kind).length]),
    ),
    subjects: subjects().flatMap(({ name, ids }) => {
      const some = calls.filter(({ id }) => ids.includes(id));
      return some.length === 0
        ? []
        : [{ subject: name, calls: some.map(({ id, judgement }) => ofCall(id, judgement)) }];
    }),
  };
}

function ofCall(id: number, { kind, verdicts, cutShort }: Judgement) {
  return {
    call: syscallName(id),
    kind,
    verdicts: verdicts.map(({ verdict, condition }) => ({ verdict, condition: condition ?? null })),
    cutShort: cutShort ?? null,
  };
}

function ofCapability({ name, calls }: WithCapability) {
  return {
    capability: name ?? null,
    calls: calls.map(({ architecture, id, after }) => ({
      architecture: architecture.name,
      ...ofCall(id, after),
    })),
  };
}

function ofDanger({ danger, calls, capabilities }: Exposed) {
  return {
    danger: danger.what,
    why: danger.why,
    open: calls.length > 0,
    calls: calls.map(({ name, given }) => ({ call: name, argument: given ?? null })),
    capabilities,
  };
}
