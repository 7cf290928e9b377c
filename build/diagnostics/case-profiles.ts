/**
 * Profiles for the edge cases. Each element that can cause a diagnostic starts a line, so that a case can give its position.
 */

const LOADER = '"close","fstat","newfstatat","statx","pread64","uname"';
const BY_ITSELF = '"brk","mremap","munmap","set_robust_list","set_tid_address"';
const CLOCKS = '"clock_gettime","clock_getres","gettimeofday"';
/** Without these calls, `check` would report that no program starts under the profile, or that its C library lacks some. */
export const STARTS: string = `{"names":["execve","exit_group","arch_prctl","mmap","mprotect","openat","read","getrandom",${LOADER},${BY_ITSELF},${CLOCKS}],"action":"SCMP_ACT_ALLOW"}`;
/** The same where the default action kills: also calls whose errno does not matter. */
export const STARTS_OR_DIES: string = STARTS.replace(
  '"uname"',
  '"uname","access","prlimit64","readlink","readlinkat"',
);
/** The same for kernels before 4.11. */
export const STARTS_BEFORE_STATX: string = STARTS.replace('"statx",', "");
/** The same on architectures without arch_prctl. */
export const STARTS_ANYWHERE: string = STARTS.replace('"arch_prctl",', "");
/** The same on arm. */
export const STARTS_ARM: string = STARTS_ANYWHERE.replace('"mmap"', '"mmap2","set_tls"').replace(
  '"fstat","newfstatat"',
  '"fstat64"',
);

/** The same on x86-64 and x86. */
export const STARTS_X86: string = STARTS.replace('"mmap"', '"mmap","mmap2","set_thread_area","fstat64"');

/** Denied with an errno, so that a profile that allows all other calls gets no diagnostic about them. */
const DANGEROUS = `{"names":["${[
  "clone unshare clone3 setns bpf userfaultfd io_uring_setup io_uring_enter io_uring_register perf_event_open",
  "kexec_load kexec_file_load init_module finit_module delete_module socket add_key keyctl request_key",
  "open_by_handle_at process_vm_readv process_vm_writev pidfd_getfd mount umount2 pivot_root move_mount open_tree",
  "fsopen fsmount mount_setattr iopl ioperm reboot modify_ldt",
]
  .join(" ")
  .replaceAll(" ", '","')}"],"action":"SCMP_ACT_ERRNO"}`;

/** A profile that denies by ERRNO(EPERM); its rules, or other members, begin at 2:1. */
export function denying(rules: string, starts = STARTS): string {
  return `{"defaultAction":"SCMP_ACT_ERRNO","syscalls":[${starts},\n${rules}]}`;
}

/** A profile that allows; the rules begin at 2:1. */
export function allowing(rules: string): string {
  // Beside ptrace, the calls that read the memory of other processes need not be denied.
  const dangerous = rules.includes('"ptrace"')
    ? DANGEROUS
    : DANGEROUS.replace('"reboot"', '"reboot","ptrace"');
  return `{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[${dangerous},\n${rules}]}`;
}

/** A profile that denies; these members of it begin at 2:1. */
export function top(members: string, starts = STARTS): string {
  return `{"defaultAction":"SCMP_ACT_ERRNO",\n${members},\n"syscalls":[${starts}]}`;
}

/** A profile that denies, with a rule that has these members, at 3:1. */
export function rule(action: string, members: string): string {
  return denying(`{"names":["ptrace"],"action":"SCMP_ACT_${action}",\n${members}}`);
}

/** The same with this condition in it, at 3:1. */
export function condition(members: string): string {
  return denying(`{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[\n{${members}}]}`);
}

/** The same with this value in it, at 3:1. */
export function value(text: string): string {
  return denying(
    `{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[{"index":0,"op":"SCMP_CMP_EQ","value":\n${text}}]}`,
  );
}

/** One line, a rule for ptrace: an action and conditions such as `0 EQ 5` or `1 MASKED_EQ 1 0`. */
export function ptrace(action: string, ...conditions: readonly string[]): string {
  const args = conditions.map((words) => {
    const [index, op, first, second = 0] = words.split(" ");
    return `{"index":${index},"op":"SCMP_CMP_${op}","value":${first},"valueTwo":${second}}`;
  });
  return `{"names":["ptrace"],"action":"SCMP_ACT_${action}","args":[${args}]}`;
}

/** Two rules that differ in their action, at 2:1 and 3:1; they may overlap or not. */
export function two(first: string, second: string): string {
  return denying(`${ptrace("ALLOW", first)},\n${ptrace("KILL_PROCESS", second)}`);
}

/** The findings for {@link two} if they overlap. */
export const MEET: string =
  "warning overlapping-rules 3:1 | KILL_PROCESS | ALLOW | libseccomp | the earlier rule at 2:1";

/** A rule for a single syscall, at 2:1. */
export function names(list: string, action: string): string {
  return `{"names":[${list}],"action":"SCMP_ACT_${action}"}`;
}

/** The lists of x86-64 and x86 as Docker has them. */
export const X86: string =
  '"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}]';

/** A profile that denies, for x86-64 and x86; the rules begin at 2:1. */
export function withX86(rules: string): string {
  return denying(rules, STARTS_X86).replace("{", `{${X86},`);
}

/** The same, with two other kinds of machines whose kernels have socketcall. */
export function withMachines(rules: string): string {
  const others = [
    '{"architecture":"SCMP_ARCH_MIPS64","subArchitectures":["SCMP_ARCH_MIPS"]}',
    '{"architecture":"SCMP_ARCH_S390X","subArchitectures":["SCMP_ARCH_S390"]}',
  ];

  return denying(rules, STARTS_X86).replace("{", `{${X86.slice(0, -1)},${others.join(",")}],`);
}

/** The finding for a profile that lets no call through. */
export const NO_START: readonly string[] = ["warning denies-execve 1:18 | denies every call"];

/** The findings for {@link perfWhere} if its rule applies. */
export const CAN_CALL_PERF: string = "warning dangerous-allowance 2:11 | perf_event_open";

/** A profile that allows perf_event_open, which is dangerous, if these filters of the rule hold. */
export function perfWhere(filters: string): string {
  return denying(`{"names":["perf_event_open"],"action":"SCMP_ACT_ALLOW",${filters}}`, STARTS_BEFORE_STATX);
}

/** A condition with this index, at 3:1. */
export function indexOf(text: string): string {
  return denying(
    `{"names":["ptrace"],"action":"SCMP_ACT_ALLOW","args":[{"op":"SCMP_CMP_EQ","value":0,"index":\n${text}}]}`,
  );
}

/** The members of a profile, with \xHH for each byte that is not UTF-8. */
export function bytes(members: string): Uint8Array {
  const text = top(members).replaceAll(/\\x(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Buffer.from(text, "latin1");
}

/** A rule for each of this many values, which no range or mask covers together. */
export function manyValues(count: number): string {
  return Array.from({ length: count }, (_, i) => ptrace("ALLOW", `${i % 6} EQ ${7919 * (i + 1)}`)).join(
    ",\n",
  );
}

/** A profile that Mesos accepts: it requires keys that others leave out. The rule is at 2:1. */
export function forMesos(): string {
  const rule = STARTS_X86.replace("}", ',"includes":{},"excludes":{},"args":[]}');
  return `{"defaultAction":"SCMP_ACT_ERRNO",${X86},"syscalls":[\n${rule}]}`;
}

/** A SeccompProfile in YAML that denies; these members of it, with an indentation of two, begin at 4:1. */
export function inYaml(members: string): string {
  return `kind: SeccompProfile\nspec:\n  defaultAction: SCMP_ACT_ERRNO\n${members}\n  syscalls:\n  - ${STARTS}\n`;
}

/** A file of seccompiler that denies; these rules begin at 2:1. */
export function ofSeccompiler(rules: string): string {
  const { names } = JSON.parse(STARTS) as { names: string[] };
  const starts = names.map((name) => JSON.stringify({ syscall: name })).join();
  return `{"main":{"default_action":{"errno":1},"filter_action":"allow","filter":[${starts},\n${rules}\n]}}\n`;
}
