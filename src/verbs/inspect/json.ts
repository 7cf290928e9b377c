/**
 * What is found out about a profile as JSON.
 */

import type { Exposed } from "../../lint/exposure.ts";
import { formatVerdict } from "../../policy/verdict.ts";
import { formatKernelVersion } from "../../profile/kernel-version.ts";
import { capabilityName } from "../../tables/capabilities.ts";
import { syscallName } from "../../tables/syscalls.ts";
import { jsonReport } from "../json.ts";
import { bySubject } from "./by-subject.ts";
import { type Judgement, KINDS } from "./calls.ts";
import { bitsIn, type WithCapability } from "./capabilities.ts";
import type { Inspection, JudgedArchitecture } from "./inspection.ts";

/** One object, with every call of every architecture. */
export function jsonOf(inspection: Inspection): string {
  const { label, target, policy, architectures, withCapability, exposure, cost } = inspection;
  const verdict = (value: number | undefined): string | undefined =>
    value === undefined ? undefined : formatVerdict(value, target.arch);
  const younger = policy?.youngest;
  return jsonReport({
    profile: label,
    kind: policy === undefined ? "filter" : "profile",
    architecture: target.arch.name,
    kernel: formatKernelVersion(target.kernel),
    capabilities: bitsIn(target.caps).map(capabilityName),
    defaultVerdict: verdict(policy?.defaultVerdict),
    youngerThan: younger === undefined ? undefined : formatKernelVersion(younger),
    youngerVerdict: verdict(younger === undefined ? undefined : policy?.youngerVerdict),
    otherArchitectures: verdict(policy?.foreignVerdict),
    architectures: architectures.map(ofArchitecture),
    withCapability: withCapability.map(ofCapability),
    exposure: exposure?.map(ofDanger),
    filter:
      "kind" in cost
        ? { instructions: cost.length, tooLong: true, most: null, usual: [], unrun: null }
        : {
            instructions: cost.instructions,
            tooLong: false,
            most: cost.most,
            usual: cost.usual.map(({ name, executed }) => ({ call: name, executed })),
            unrun: cost.unrun,
          },
  });
}

function ofArchitecture(judged: JudgedArchitecture): object {
  const { arch, calls } = judged;
  return {
    architecture: arch.name,
    counts: Object.fromEntries(
      KINDS.map((kind) => [kind, calls.filter(({ judgement }) => judgement.kind === kind).length]),
    ),
    calls: bySubject(judged).flatMap(({ name: subject, groups }) =>
      [...groups].map(([judgement, ids]) => ({
        subject,
        ...ofJudgement(judgement),
        names: ids.map(syscallName),
      })),
    ),
  };
}

function ofJudgement({ kind, verdicts, cutShort }: Judgement): object {
  return { kind, verdicts: verdicts.map(({ verdict, condition }) => ({ verdict, condition })), cutShort };
}

function ofCapability({ name, calls }: WithCapability): object {
  return {
    capability: name,
    calls: calls.map(({ architecture, id, before, after }) => ({
      architecture: architecture.name,
      name: syscallName(id),
      before: ofJudgement(before),
      after: ofJudgement(after),
    })),
  };
}

function ofDanger({ danger, calls, capabilities, nothingNewWith }: Exposed): object {
  return {
    danger: danger.what,
    why: danger.why,
    calls: calls.map(({ name, given }) => ({ name, argument: given })),
    capabilities,
    nothingNewWith,
  };
}
