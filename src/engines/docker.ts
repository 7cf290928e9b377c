/**
 * How Docker (Moby) takes a profile: github.com/moby/profiles/seccomp v0.3.0, seccomp_linux.go, and then an OCI runtime.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { actionVerdict } from "../policy/rule-verdict.ts";
import { holds, type Target } from "../policy/target.ts";
import type { Profile, Rule, Selector } from "../profile/profile.ts";
import { type Architecture, type ArchitectureName, matchesArchName } from "../tables/architectures.ts";
import {
  doesNotRunOn,
  type Engine,
  type EngineReading,
  engineRule,
  rawProfile,
  rawRule,
  refusal,
  remark,
} from "./engine.ts";
import {
  RUNTIME_LIBSECCOMP,
  runtimeArchitectures,
  runtimeRefusals,
  unusedErrnoRemarks,
  youngNames,
} from "./runtime.ts";

const DOCKER = "Docker";

/**
 * The one word by which `includes.arches` names each architecture; the others have none. (For mipsel64n32 its table has
 * "mips3l64n32", which nobody writes.)
 */
const WORDS: Readonly<Partial<Record<ArchitectureName, string>>> = {
  x86: "x86",
  x86_64: "amd64",
  arm: "arm",
  aarch64: "arm64",
  loongarch64: "loongarch64",
  mips: "mips",
  mipsel: "mipsel",
  mips64: "mips64",
  mipsel64: "mipsel64",
  mips64n32: "mips64n32",
  ppc: "ppc",
  ppc64: "ppc64",
  ppc64le: "ppc64le",
  riscv64: "riscv64",
  s390: "s390",
  s390x: "s390x",
};

/** The word that Docker has for an architecture; undefined where it does not run on it. */
export function dockerArchWord(arch: Architecture): string | undefined {
  return WORDS[arch.name];
}

export const docker: Engine = {
  name: "docker",
  title: DOCKER,
  libseccomp: RUNTIME_LIBSECCOMP,
  read,
};

function read(profile: Profile, raw: unknown, target: Target): EngineReading {
  const { base } = profile;
  const { defaultAction, defaultErrno } = profile;
  const words = architectureWords(profile, target.arch);
  const { architectures, refusals } = runtimeArchitectures(DOCKER, words, target.arch);
  const rules = profile.rules
    .filter((rule) => applies(rule, target))
    .map((rule) => engineRule(base, rule, rule.errno.number));
  return {
    architectures,
    defaultVerdict: actionVerdict(defaultAction, defaultErrno.number),
    rules,
    refusals: [
      ...refusals,
      ...(dockerArchWord(target.arch) === undefined ? [doesNotRunOn(DOCKER, target.arch, base)] : []),
      ...(base === ""
        ? []
        : [
            refusal(
              DOCKER,
              "it does not look into a config.json, and so would run every container unconfined",
              base,
              "give it the object at linux.seccomp as a file of its own",
            ),
          ]),
      ...runtimeRefusals(DOCKER, profile, rules),
    ],
    remarks: [
      ...remarksOn(profile, raw, target),
      ...unusedErrnoRemarks(DOCKER, profile),
      ...youngNames(DOCKER, profile),
    ],
  };
}

/** Docker takes the first entry of the native architecture. */
function architectureWords(
  { base, archMap, architectures }: Profile,
  native: Architecture,
): (readonly [string, string])[] {
  const at = archMap?.findIndex(({ architecture }) => architecture === native.scmp) ?? -1;
  const entry = archMap?.[at];
  if (entry !== undefined) {
    return [
      [entry.architecture, `${base}/archMap/${at}/architecture`],
      ...entry.subArchitectures.map(
        (scmp, i) => [scmp, `${base}/archMap/${at}/subArchitectures/${i}`] as const,
      ),
    ];
  }
  return (architectures ?? []).map((scmp, i) => [scmp, `${base}/architectures/${i}`]);
}

function applies({ includes, excludes }: Rule, target: Target): boolean {
  const word = dockerArchWord(target.arch) ?? "";
  const isNewer = ({ minKernel }: Selector): boolean => minKernel !== undefined && target.kernel >= minKernel;
  if (
    excludes.arches.includes(word) ||
    excludes.caps.some((name) => holds(target, name) === true) ||
    isNewer(excludes)
  ) {
    return false;
  }
  return (
    (includes.arches.length === 0 || includes.arches.includes(word)) &&
    includes.caps.every((name) => holds(target, name) === true) &&
    (includes.minKernel === undefined || isNewer(includes))
  );
}

/** What Docker does not read, or reads as something else. */
function remarksOn(profile: Profile, raw: unknown, target: Target): Diagnostic[] {
  const { base, flags, rules } = profile;
  const found: Diagnostic[] = [];
  const whole = rawProfile(raw, base);
  if (whole["defaultErrno"] !== undefined && profile.defaultErrno.number === undefined) {
    found.push(
      remark(
        "error",
        ignored("defaultErrno"),
        `${base}/defaultErrno`,
        "write defaultErrnoRet with its number",
      ),
    );
  }
  if (flags !== undefined && flags.length === 0) {
    found.push(
      remark(
        "note",
        `${DOCKER} hands on an empty list of flags as none, for which runtimes set SECCOMP_FILTER_FLAG_SPEC_ALLOW`,
        `${base}/flags`,
      ),
    );
  }
  for (const { index, errno, includes, excludes } of rules) {
    const pointer = `${base}/syscalls/${index}`;
    if (rawRule(raw, base, index)["errno"] !== undefined && errno.number === undefined) {
      found.push(remark("error", ignored("errno"), `${pointer}/errno`, "write errnoRet with its number"));
    }
    for (const [key, { arches }] of Object.entries({ includes, excludes })) {
      for (const [i, word] of arches.entries()) {
        if (!Object.values(WORDS).includes(word)) {
          found.push(strangeWord(word, `${pointer}/${key}/arches/${i}`, target.arch));
        }
      }
    }
  }
  return found;
}

/** A word of `arches` that never matches; that matters where it is meant to be this machine's. */
function strangeWord(word: string, pointer: string, native: Architecture): Diagnostic {
  const own = matchesArchName(native, word) ? dockerArchWord(native) : undefined;
  const message = `${DOCKER} has no architecture '${word}', so that this never matches there`;
  return own === undefined
    ? remark("note", message, pointer)
    : remark("error", message, pointer, `write '${own}'`);
}

function ignored(key: string): string {
  return `${DOCKER} does not know the key '${key}' and answers EPERM`;
}
