import { readFileSync } from "node:fs";
import { readProfile } from "./src/profile/read.ts";
import { resolve } from "./src/policy/resolve.ts";
import { architectureByName } from "./src/tables/architectures.ts";
import { CallJudge } from "./src/verbs/inspect/calls.ts";
import { costOf, filterOf } from "./src/verbs/inspect/cost.ts";
import { textOf } from "./src/verbs/inspect/text.ts";
import { exposureOf } from "./src/lint/exposure.ts";
import { Work } from "./src/analysis/work.ts";
const read: any = (readProfile as any)(readFileSync(process.argv[2]!, "utf8"));
const profile = read.profile ?? read.draft;
const target = { arch: architectureByName("x86_64")!, kernel: 6*256+18, caps: 0n };
function t<T>(name: string, f: () => T): T { const a = process.hrtime.bigint(); const r = f(); console.log(name, Number(process.hrtime.bigint() - a) / 1e6); return r; }
for (let i = 0; i < 2; i++) {
const policy = t("resolve", () => resolve(profile, target, { unknownSyscalls: "enosys", listenerNamed: true } as any).policy!);
const judge = new CallJudge({ kind: "policy", policy }, false, new Work(3e6));
const archs = policy.architectures.map((arch) => t("judge " + arch.name, () => ({ arch, calls: judge.all(arch) })));
const f: any = t("filter", () => filterOf(policy));
const cost = t("cost", () => costOf(f, target.arch, archs[0]!.calls));
const input = { profile, policy, installed: policy, target, engines: [] };
const exposure = t("exposure", () => exposureOf(input, new Map()));
t("text", () => textOf({ label: "x", target, instead: undefined, policy, architectures: archs, withCapability: [], exposure, cost }, { all: false, width: 100, colours: false }));
}
