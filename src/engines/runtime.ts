/**
 * How the OCI runtimes (runc, crun) treat the `linux.seccomp` of a container, whichever engine wrote it.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { listed } from "../plural.ts";
import { ACTION_VALUES } from "../policy/verdict.ts";
import type { Profile } from "../profile/profile.ts";
import { type Architecture, type ArchitectureName, architectureByScmp } from "../tables/architectures.ts";
import { SECCOMP_RET_ERRNO, SECCOMP_RET_TRACE } from "../tables/seccomp.ts";
import { syscallId, syscallSince } from "../tables/syscalls.ts";
import { type EngineRule, type LibseccompUse, refusal, remark } from "./engine.ts";

/** runc 1.5, libcontainer/seccomp/config.go; crun uses libseccomp's own resolver, which knows more. */
const UNKNOWN_TO_RUNC: readonly ArchitectureName[] = ["m68k", "parisc", "parisc64", "sh", "sheb"];

/** runc and crun ignore rules with the default action, and names that libseccomp does not know. */
export const RUNTIME_LIBSECCOMP: LibseccompUse = {
  skipsDefault: true,
  knows: (name) => syscallId(name) >= 0,
  skipsUnknown: true,
  comparesHalves: false,
  replacesLonger: false,
};

/** libseccomp accepts only errnos below MAX_ERRNO (2.5.4, src/db.c, db_action_valid). */
export const MAX_LIBSECCOMP_ERRNO = 4094;

/** Whether runc knows an architecture. */
export function isKnownToRunc({ name }: Architecture): boolean {
  return !UNKNOWN_TO_RUNC.includes(name);
}

/**
 * Reports architectures that a runtime does not know, or that libseccomp cannot combine in one filter; the native one is first.
 */
export function runtimeArchitectures(
  engine: string,
  words: readonly (readonly [scmp: string, pointer: string])[],
  native: Architecture,
  knows: (arch: Architecture) => boolean = isKnownToRunc,
): { readonly architectures: Architecture[]; readonly refusals: Diagnostic[] } {
  const architectures = [native];
  const refusals: Diagnostic[] = [];
  for (const [scmp, pointer] of words) {
    const arch = architectureByScmp(scmp);
    if (arch === undefined || !knows(arch)) {
      refusals.push(
        refusal(
          engine,
          `string ${scmp} is not a valid arch for seccomp`,
          pointer,
          "runc does not know it; remove it",
        ),
      );
    } else if (arch.bigEndian !== native.bigEndian) {
      const why = `libseccomp makes no filter for ${native.name} and ${arch.name}, which differ in their byte order`;
      refusals.push(refusal(engine, why, pointer));
    } else if (!architectures.includes(arch)) {
      architectures.push(arch);
    }
  }
  return { architectures, refusals };
}

/** What a runtime rejects in rules and in the default action; {@link notifyRefusals} has more. */
export function runtimeRefusals(
  engine: string,
  profile: Profile,
  rules: readonly EngineRule[],
): Diagnostic[] {
  const { base } = profile;
  const found: Diagnostic[] = [];
  const tooLarge = (number: number): string =>
    `libseccomp takes errnos up to ${MAX_LIBSECCOMP_ERRNO}, and this is ${number}`;
  const defaultErrno = profile.defaultErrno.number ?? 0;
  if (ACTION_VALUES[profile.defaultAction] === SECCOMP_RET_ERRNO && defaultErrno > MAX_LIBSECCOMP_ERRNO) {
    found.push(refusal(engine, tooLarge(defaultErrno), `${base}/defaultErrnoRet`));
  }
  for (const { pointer, action, verdict } of rules) {
    const errno = verdict & 0xffff;
    if (action === "SCMP_ACT_ERRNO" && errno > MAX_LIBSECCOMP_ERRNO) {
      found.push(refusal(engine, tooLarge(errno), `${pointer}/errnoRet`));
    }
  }
  return found;
}

/**
 * What runc rejects of SCMP_ACT_NOTIFY (1.1, libcontainer/seccomp/seccomp_linux.go, InitSeccomp, and process_linux.go): it hands the
 * listener over by write(2), under the filter. crun rejects none of it.
 */
export function notifyRefusals(engine: string, profile: Profile, rules: readonly EngineRule[]): Diagnostic[] {
  const { base, defaultAction, listenerPath } = profile;
  const notifying = rules.filter(({ action }) => action === "SCMP_ACT_NOTIFY");
  const byDefault = defaultAction === "SCMP_ACT_NOTIFY";
  const found = notifying
    .filter(({ names }) => names.includes("write"))
    .map(({ pointer }) =>
      refusal(engine, "SCMP_ACT_NOTIFY cannot be used for the write syscall", `${pointer}/action`),
    );
  if (byDefault) {
    const what = "SCMP_ACT_NOTIFY cannot be used as default action";
    found.push(refusal(engine, what, `${base}/defaultAction`));
  }
  if (listenerPath === undefined && (byDefault || notifying.length > 0)) {
    found.push(refusal(engine, "SCMP_ACT_NOTIFY needs a listenerPath", base));
  }
  return found;
}

/**
 * What crun rejects and runc accepts: an errno that its action does not use.
 *
 * @param crun the name of the runtime that rejects it
 */
export function unusedErrnoRemarks(crun: string, profile: Profile): Diagnostic[] {
  const { base } = profile;
  const unused = (action: keyof typeof ACTION_VALUES, number: number | undefined, pointer: string) =>
    number !== undefined &&
    ACTION_VALUES[action] !== SECCOMP_RET_ERRNO &&
    ACTION_VALUES[action] !== SECCOMP_RET_TRACE
      ? [
          remark(
            "error",
            `${crun} does not take the profile: errno value specified for action \`${action}\``,
            pointer,
            "remove the errno; runc ignores it",
          ),
        ]
      : [];
  return [
    ...unused(profile.defaultAction, profile.defaultErrno.number, `${base}/defaultErrnoRet`),
    ...profile.rules.flatMap(({ action, errno, index }) =>
      unused(action, errno.number, `${base}/syscalls/${index}/errnoRet`),
    ),
  ];
}

/** The libseccomp of a distribution may not know calls added since this kernel: 2.5.4 is of Linux 5.17. */
const YOUNG = 5 * 256 + 18;

/** Notes names that an older libseccomp of the engine does not know. */
export function youngNames(engine: string, { base, rules }: Profile): Diagnostic[] {
  const names = [...new Set(rules.flatMap((rule) => rule.names))].filter((name) => {
    const id = syscallId(name);
    return id >= 0 && syscallSince(id) >= YOUNG;
  });
  return names.length === 0
    ? []
    : [
        remark(
          "note",
          `${engine} ignores names that its libseccomp is too old for; added in Linux 5.18 or later: ${listed(names)}`,
          base,
        ),
      ];
}
