/**
 * How Docker (Moby) reads a profile: github.com/moby/profiles/seccomp v0.3.0, seccomp_linux.go, then an OCI runtime. Podman and
 * CRI-O use a fork of it.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { actionVerdict } from "../policy/rule-verdict.ts";
import { holds, type Target } from "../policy/target.ts";
import { SPEC } from "../profile/kubernetes.ts";
import type { Errno, Profile, Rule, Selector } from "../profile/profile.ts";
import { type Architecture, type ArchitectureName, matchesArchName } from "../tables/architectures.ts";
import {
  doesNotLookInside,
  doesNotRunOn,
  type Engine,
  type EngineName,
  type EngineReading,
  engineRule,
  ignoredKernels,
  rawProfile,
  rawRule,
  refusal,
  remark,
} from "./engine.ts";
import {
  isKnownToRunc,
  notifyRefusals,
  RUNTIME_LIBSECCOMP,
  runtimeArchitectures,
  runtimeRefusals,
  unusedErrnoRemarks,
  youngNames,
} from "./runtime.ts";

/**
 * The one word that names each architecture in `includes.arches`; the others have none. (For mipsel64n32 the table has
 * "mips3l64n32", a typing error that no profile uses.)
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

/** Docker's word for an architecture; undefined if Docker does not run on it. */
export function dockerArchWord(arch: Architecture): string | undefined {
  return WORDS[arch.name];
}

/** The differences between the engines that read profiles in Docker's form. */
export interface DockerForm {
  readonly name: EngineName;
  readonly title: string;
  /** The word for an architecture in `arches`; undefined if the engine does not run on it. */
  archWord(arch: Architecture): string | undefined;
  /** Whether it knows the word there. */
  isArchWord(word: string): boolean;
  /** Whether it reads `archMap` on an architecture. */
  readsArchMap(arch: Architecture): boolean;
  /** Whether it runs on nodes of clusters, where the operator writes the `spec` of a SeccompProfile as a file for it. */
  readonly inClusters: boolean;
  /** Whether it knows `minKernel`. */
  readonly kernels: boolean;
  /** The errno that it answers for a name; "refused" if it rejects the name; undefined if it does not know the key. */
  readonly errnoOfName: ((name: string, arch: Architecture) => number | "refused") | undefined;
}

export const docker: Engine = engineOfDockerForm({
  name: "docker",
  title: "Docker",
  archWord: dockerArchWord,
  isArchWord: (word) => Object.values(WORDS).includes(word),
  readsArchMap: () => true,
  inClusters: false,
  kernels: true,
  errnoOfName: undefined,
});

/** An engine that reads Docker's form and passes the profile to an OCI runtime. */
export function engineOfDockerForm(form: DockerForm): Engine {
  const { name, title } = form;
  return {
    name,
    title,
    inClusters: form.inClusters,
    libseccomp: RUNTIME_LIBSECCOMP,
    killsProcess: true,
    read: (profile, raw, target) => read(form, withNumbers(form, profile, target.arch), raw, target),
  };
}

/** A profile whose errnos are numbers, for an engine that knows names for them. */
interface Numbered {
  readonly profile: Profile;
  /** Why it rejects some of them. */
  readonly refusals: readonly Diagnostic[];
}

function withNumbers({ title, errnoOfName }: DockerForm, named: Profile, arch: Architecture): Numbered {
  if (errnoOfName === undefined) {
    return { profile: named, refusals: [] };
  }
  const refusals: Diagnostic[] = [];
  const numbered = (errno: Errno, pointer: string): Errno => {
    const number = errno.name === undefined ? errno.number : errnoOfName(errno.name, arch);
    if (number === "refused") {
      const hint = "write its number, as errnoRet or defaultErrnoRet";
      refusals.push(refusal(title, `unknown errno ${errno.name}`, pointer, hint));
    }
    return { number: number === "refused" ? undefined : number, name: undefined };
  };
  const { base } = named;
  const defaultErrno = numbered(named.defaultErrno, `${base}/defaultErrno`);
  const rules = named.rules.map((rule) => ({
    ...rule,
    errno: numbered(rule.errno, `${base}/syscalls/${rule.index}/errno`),
  }));
  return { profile: { ...named, defaultErrno, rules }, refusals };
}

function read(
  form: DockerForm,
  { profile, refusals: errnoRefusals }: Numbered,
  raw: unknown,
  target: Target,
): EngineReading {
  const { title, inClusters } = form;
  const { base, defaultAction, defaultErrno } = profile;
  const words = architectureWords(form, profile, target.arch);
  const { architectures, refusals } = runtimeArchitectures(title, words, target.arch);
  const misread = form.kernels ? [] : ignoredKernels(title, profile);
  const rules = profile.rules
    .filter((rule) => applies(form, rule, target))
    .map((rule) => engineRule(base, rule, rule.errno.number));
  return {
    architectures,
    defaultVerdict: actionVerdict(defaultAction, defaultErrno.number),
    rules,
    refusals: [
      ...refusals,
      ...errnoRefusals,
      ...(form.archWord(target.arch) === undefined || !isKnownToRunc(target.arch)
        ? [doesNotRunOn(title, target.arch, base)]
        : []),
      ...(base === "" || (inClusters && base === SPEC) ? [] : [doesNotLookInside(title, base)]),
      ...runtimeRefusals(title, profile, rules),
      ...notifyRefusals(title, profile, rules),
    ],
    misread,
    remarks: [
      ...remarksOn(form, profile, raw, target),
      ...misread.map(({ remark: said }) => said),
      ...unusedErrnoRemarks(`${title} with crun`, profile),
      ...youngNames(title, profile),
    ],
  };
}

/** It uses the first entry of the native architecture. */
function architectureWords(
  { readsArchMap }: DockerForm,
  { base, archMap, architectures }: Profile,
  native: Architecture,
): (readonly [string, string])[] {
  const at = readsArchMap(native)
    ? (archMap?.findIndex(({ architecture }) => architecture === native.scmp) ?? -1)
    : -1;
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

function applies({ archWord, kernels }: DockerForm, { includes, excludes }: Rule, target: Target): boolean {
  const word = archWord(target.arch) ?? "";
  const isNewer = ({ minKernel }: Selector): boolean =>
    kernels && minKernel !== undefined && target.kernel >= minKernel;
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
    (!kernels || includes.minKernel === undefined || isNewer(includes))
  );
}

/** What it ignores, or reads differently. */
function remarksOn(form: DockerForm, profile: Profile, raw: unknown, target: Target): Diagnostic[] {
  const { title } = form;
  const { base, flags, rules } = profile;
  const found: Diagnostic[] = [];
  const whole = rawProfile(raw, base);
  const knowsNames = form.errnoOfName !== undefined;
  const ignored = (key: string): string => `${title} does not know the key '${key}' and answers EPERM`;
  if (!knowsNames && whole["defaultErrno"] !== undefined && profile.defaultErrno.number === undefined) {
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
        `${title} treats an empty list of flags as absent, for which runtimes set SECCOMP_FILTER_FLAG_SPEC_ALLOW`,
        `${base}/flags`,
      ),
    );
  }
  for (const { index, errno, includes, excludes } of rules) {
    const pointer = `${base}/syscalls/${index}`;
    if (!knowsNames && rawRule(raw, base, index)["errno"] !== undefined && errno.number === undefined) {
      found.push(remark("error", ignored("errno"), `${pointer}/errno`, "write errnoRet with its number"));
    }
    for (const [key, { arches }] of Object.entries({ includes, excludes })) {
      for (const [i, word] of arches.entries()) {
        if (!form.isArchWord(word)) {
          found.push(strangeWord(form, word, `${pointer}/${key}/arches/${i}`, target.arch));
        }
      }
    }
  }
  return found;
}

/** A word of `arches` that never matches, which matters if this machine's architecture is meant. */
function strangeWord(
  { title, archWord }: DockerForm,
  word: string,
  pointer: string,
  native: Architecture,
): Diagnostic {
  const own = matchesArchName(native, word) ? archWord(native) : undefined;
  const message = `${title} has no architecture '${word}', so this never matches there`;
  return own === undefined
    ? remark("note", message, pointer)
    : remark("error", message, pointer, `write '${own}'`);
}
