/**
 * Turns a Docker profile into what the peers take: the C table of rules that the libseccomp peer is compiled with, the
 * form of OCI runtimes, and a list of names.
 *
 * This is deliberately not the project's own reader: the peers must not depend on what they are compared with. It does
 * what Docker and runc do between them: Docker resolves `includes` and `excludes`, runc skips rules that repeat the
 * default action and splits a rule that names one argument twice.
 */

import { constants } from "node:os";

/** What the profile is resolved for. */
export interface Target {
  /** Held capabilities, "CAP_..." names. */
  readonly capabilities: ReadonlySet<string>;
  /** The machine's architecture by libseccomp's name and by the names that `includes.arches` uses. */
  readonly architecture: string;
  readonly architectureNames: ReadonlySet<string>;
  /** Major and minor number of the kernel. */
  readonly kernel: readonly [number, number];
}

/** Capability numbers are positions in this list, capability.h of Linux 6.x. */
export const CAPABILITIES: readonly string[] = (
  "CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE " +
  "NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT " +
  "SYS_ADMIN SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP " +
  "MAC_OVERRIDE MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE"
)
  .split(" ")
  .map((name) => `CAP_${name}`);

const ACTIONS: Readonly<Record<string, string>> = {
  SCMP_ACT_KILL: "SCMP_ACT_KILL_THREAD",
  SCMP_ACT_KILL_THREAD: "SCMP_ACT_KILL_THREAD",
  SCMP_ACT_KILL_PROCESS: "SCMP_ACT_KILL_PROCESS",
  SCMP_ACT_TRAP: "SCMP_ACT_TRAP",
  SCMP_ACT_LOG: "SCMP_ACT_LOG",
  SCMP_ACT_ALLOW: "SCMP_ACT_ALLOW",
};

interface Filter {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  readonly minKernel?: string;
}

interface Rule {
  readonly name?: string;
  readonly names?: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly errno?: string;
  readonly args?: readonly { index: number; value: number; valueTwo?: number; op: string }[] | null;
  readonly includes?: Filter;
  readonly excludes?: Filter;
}

interface Profile {
  readonly defaultAction: string;
  readonly defaultErrnoRet?: number;
  readonly defaultErrno?: string;
  readonly archMap?: readonly { architecture: string; subArchitectures: readonly string[] | null }[] | null;
  readonly architectures?: readonly string[] | null;
  readonly syscalls: readonly Rule[];
}

function carriesData(action: string): boolean {
  return action === "SCMP_ACT_ERRNO" || action === "SCMP_ACT_TRACE";
}

/** What ERRNO and TRACE carry: a number, the number of a name, else EPERM. */
function errnoData(errnoRet: number | undefined, errno: string | undefined): number {
  const named = errno === undefined ? undefined : constants.errno[errno as keyof typeof constants.errno];
  return errnoRet ?? named ?? constants.errno.EPERM;
}

function action(name: string, errnoRet: number | undefined, errno: string | undefined): string {
  const data = errnoData(errnoRet, errno);
  if (carriesData(name)) return `${name}(${data})`;
  const result = ACTIONS[name];
  if (result === undefined) throw new Error(`the libseccomp peer does not know the action ${name}`);
  return result;
}

/** Docker's condition: all capabilities held, one of the architectures, a kernel at least as new. */
function isIncluded(rule: Rule, target: Target): boolean {
  const { includes = {}, excludes = {} } = rule;
  const held = (name: string) => target.capabilities.has(name);
  const here = (name: string) => target.architectureNames.has(name);
  if (excludes.caps?.some(held) || excludes.arches?.some(here)) return false;
  if (includes.caps?.length && !includes.caps.every(held)) return false;
  if (includes.arches?.length && !includes.arches.some(here)) return false;
  if (includes.minKernel !== undefined) {
    const [major = 0, minor = 0] = includes.minKernel.split(".").map(Number);
    const [ownMajor, ownMinor] = target.kernel;
    if (ownMajor < major || (ownMajor === major && ownMinor < minor)) return false;
  }
  return true;
}

/** A whole number as a C constant; one that JSON.parse may have rounded is refused. */
function constant(value: number): string {
  if (!Number.isSafeInteger(value))
    throw new Error(`the libseccomp peer cannot take the argument value ${value}`);
  return `${value}ull`;
}

function comparison(arg: NonNullable<Rule["args"]>[number]): string {
  const operands =
    arg.op === "SCMP_CMP_MASKED_EQ"
      ? `${constant(arg.value)}, ${constant(arg.valueTwo ?? 0)}`
      : `${constant(arg.value)}, 0`;
  return `{${arg.index}, ${arg.op}, ${operands}}`;
}

/** The target's architecture and those whose calls it takes too, by the profile. */
function architecturesOf(profile: Profile, target: Target): string[] {
  const mapped = profile.archMap?.find((entry) => entry.architecture === target.architecture);
  const all = [target.architecture, ...(mapped?.subArchitectures ?? []), ...(profile.architectures ?? [])];
  return [...new Set(all)];
}

/** The header `libseccomp-rules.h` for the profile, and how many calls of seccomp_rule_add it makes. */
export function libseccompRules(json: string, target: Target): { header: string; ruleCount: number } {
  const profile = JSON.parse(json) as Profile;
  const defaultAction = action(profile.defaultAction, profile.defaultErrnoRet, profile.defaultErrno);
  const rows: string[] = [];
  for (const rule of profile.syscalls) {
    const ruleAction = action(rule.action, rule.errnoRet, rule.errno);
    if (ruleAction === defaultAction || !isIncluded(rule, target)) continue;
    const args = rule.args ?? [];
    const indexIsRepeated = new Set(args.map((arg) => arg.index)).size < args.length;
    const alternatives = indexIsRepeated ? args.map((arg) => [arg]) : [args];
    for (const name of namesOf(rule)) {
      for (const conditions of alternatives) {
        const list = conditions.map(comparison).join(", ");
        rows.push(`  {${JSON.stringify(name)}, ${ruleAction}, ${conditions.length}, {${list}}},`);
      }
    }
  }
  const header = [
    "// The rules of one profile for one machine, written by the benchmark.",
    `static const uint32_t default_action = ${defaultAction};`,
    `static const uint32_t architectures[] = {${architecturesOf(profile, target).join(", ")}};`,
    "static const struct rule rules[] = {",
    ...rows,
    "};",
    "",
  ].join("\n");
  return { header, ruleCount: rows.length };
}

function namesOf(rule: Rule): readonly string[] {
  return rule.names ?? (rule.name === undefined ? [] : [rule.name]);
}

/** `linux.seccomp` of a runtime's config.json, as Docker writes it of the profile. */
export function ociSeccomp(json: string, target: Target): object {
  const profile = JSON.parse(json) as Profile;
  return {
    defaultAction: profile.defaultAction,
    // Runtimes refuse a number beside an action that carries none.
    ...(carriesData(profile.defaultAction) && {
      defaultErrnoRet: errnoData(profile.defaultErrnoRet, profile.defaultErrno),
    }),
    architectures: architecturesOf(profile, target),
    syscalls: profile.syscalls
      .filter((rule) => isIncluded(rule, target))
      .map((rule) => ({
        names: namesOf(rule),
        action: rule.action,
        ...(carriesData(rule.action) && { errnoRet: errnoData(rule.errnoRet, rule.errno) }),
        ...(rule.args?.length ? { args: rule.args } : {}),
      })),
  };
}

/** All calls that the profile allows, if only for some arguments. */
export function allowedNames(json: string, target: Target): string[] {
  const profile = JSON.parse(json) as Profile;
  const rules = profile.syscalls.filter(
    (rule) => rule.action === "SCMP_ACT_ALLOW" && isIncluded(rule, target),
  );
  return [...new Set(rules.flatMap(namesOf))].sort();
}
