/**
 * Recognises texts of other programs that are given instead of a profile, by their words.
 *
 * docs/formats.md has a table of them, which a test compares with {@link OTHER_TEXTS}.
 */

import { syscallId } from "../tables/syscalls.ts";
import type { Kind } from "./recognise.ts";

/** The lines of a text that say what it is. */
interface Lines {
  /** The first lines, without those that are empty, comments, or markers and directives of YAML. */
  readonly telling: readonly string[];
  /** The first of these. */
  readonly first: string;
  /** The very first line. */
  readonly top: string;
}

/** A format that is recognised by its words. */
interface OtherText extends Kind {
  /** Its name in the table of the documentation. */
  readonly name: string;
  matches(lines: Lines): boolean;
}

const TO_RULES = "write its rules as a profile";
const RUN_IT = "to run it: seccomp-exec --profile PROFILE -- FILE";
const NO_READER = "seccomp-exec reads no such policy";

/** The name of an action of Kafel: its src/lexer.l. */
const KAFEL_ACTION =
  "(?:ALLOW|LOG|KILL|KILL_PROCESS|KILL_THREAD|DENY|ERRNO|TRAP|TRACE|USER_NOTIF)(?:\\s*\\(\\s*\\w+\\s*\\))?";
const KAFEL = new RegExp(
  `^\\s*(?:POLICY\\s+\\w+|USE\\s+\\w|${KAFEL_ACTION}\\s*\\{|DEFAULT\\s+${KAFEL_ACTION})`,
);
const NSJAIL = /^\s*(?:seccomp_(?:string|policy_file|log)\s*:|mode\s*:\s*(?:LISTEN|ONCE|EXECVE|RERUN)\b)/;
/** What minijail's policies say of a call: its tools/parser.py. */
const MINIJAIL_RULE =
  /^\s*(\w+)(?:\[[\w,. ]+\])?\s*:\s*(?:\{|1$|1\s|allow\b|kill\b|kill-(?:process|thread)\b|trap\b|log\b|trace\b|user-notify\b|return\s|arg[0-5]\s)/;
const FIREJAIL_SECCOMP =
  /^(?:seccomp(?:\.(?:drop|keep|block-secondary|32(?:\.\w+)?))?(?:\s|$)|caps\.(?:drop|keep)\s)/;
const FIREJAIL =
  /^(?:include\s+\S+\.(?:inc|local|profile)|(?:no)?blacklist\s|(?:no)?whitelist\s|nonewprivs$|noroot$|netfilter$|private-(?:tmp|dev|etc|bin)\b)/;

/** All that are recognised; the first that matches is told. */
export const OTHER_TEXTS: readonly OtherText[] = [
  {
    name: "a script",
    what: "a script",
    hint: RUN_IT,
    matches: ({ top }) => top.startsWith("#!"),
  },
  {
    name: "a web page",
    what: "a page of a web site",
    hint: "save the file itself: such pages have a link called Raw",
    matches: ({ top }) => /^\s*<(?:!doctype|html|\?xml)/i.test(top),
  },
  {
    name: "a filter in words, as `disasm` prints it",
    what: "a filter as text",
    hint: "for simulate, verify and disasm write it raw: seccomp-exec compile -o FILE.bpf PROFILE",
    matches: ({ top }) => /^\s*(?:L\d+:)?\s+ld(?:x|b|h)? /.test(top) || top.includes("struct sock_filter"),
  },
  {
    name: "a systemd unit with `SystemCallFilter=`",
    what: "a unit of systemd, whose SystemCallFilter= systemd turns into a filter",
    hint: `${TO_RULES} (systemd-analyze syscall-filter @GROUP lists the calls of a group), and start the service by ExecStart=seccomp-exec --profile PROFILE -- COMMAND`,
    matches: ({ telling, first }) =>
      /^(?:\[[A-Z]|SystemCall)/.test(first) &&
      telling.some((line) => /^SystemCall(?:Filter|Log)\s*=/.test(line)),
  },
  {
    name: "any other systemd unit",
    what: "a unit of systemd, or another file in sections",
    hint: "a unit names a profile in its ExecStart= or Environment=: use that one",
    matches: ({ first }) => /^\[[A-Z][A-Za-z]*\]$/.test(first),
  },
  {
    name: "nsjail's configuration",
    what: "a configuration of nsjail",
    but: `whose seccomp_string or seccomp_policy_file is a policy in Kafel's language; ${NO_READER}`,
    hint: `${TO_RULES}, and start nsjail's command by it: nsjail ... -- seccomp-exec --profile PROFILE -- COMMAND`,
    matches: ({ telling }) => telling.some((line) => NSJAIL.test(line)),
  },
  {
    name: "a Kafel policy",
    what: "a policy in Kafel's language",
    but: `and ${NO_READER}`,
    hint: `${TO_RULES}; a filter that Kafel's dump_policy_bpf makes of it can be looked at: seccomp-exec disasm FILE`,
    matches: ({ telling }) => telling.some((line) => KAFEL.test(line)),
  },
  {
    name: "a minijail policy",
    what: "a policy of minijail",
    but: `and ${NO_READER}`,
    hint: `${TO_RULES}; a filter that minijail's compile_seccomp_policy makes of it can be looked at: seccomp-exec disasm FILE`,
    matches: ({ telling, first }) =>
      /^\s*@(?:default|include|frequency|denylist)\b/.test(first) ||
      (isCall(MINIJAIL_RULE.exec(first)?.[1]) && telling.every((line) => /[:}\\|&]|^\s*@/.test(line))),
  },
  {
    name: "an LXC seccomp policy",
    what: "a seccomp policy of LXC",
    but: `and ${NO_READER}`,
    hint: `${TO_RULES}: names of a denylist get "SCMP_ACT_ERRNO" or "SCMP_ACT_KILL_PROCESS", those of an allowlist "SCMP_ACT_ALLOW"`,
    matches: ({ first, telling: [, second = ""] }) =>
      /^[12]$/.test(first) && /^(?:deny|black|allow|white)list\b/.test(second),
  },
  {
    name: "an LXC container's configuration",
    what: "the configuration of an LXC container",
    hint: "lxc.seccomp.profile names its policy, which is LXC's own; write its rules as a profile",
    matches: ({ first }) => /^lxc\.\w/.test(first),
  },
  {
    name: "a firejail profile",
    what: "a profile of firejail",
    but: "and not of seccomp alone",
    hint: "write the calls of its seccomp lines as a profile (firejail --debug-syscalls lists the names), and start the command by firejail -- seccomp-exec --profile PROFILE -- COMMAND",
    matches: ({ telling }) =>
      telling.some((line) => FIREJAIL_SECCOMP.test(line)) ||
      telling.filter((line) => FIREJAIL.test(line)).length > 1,
  },
  {
    name: "an AppArmor profile",
    what: "a profile of AppArmor",
    but: "which is not about system calls",
    hint: "AppArmor loads it by apparmor_parser, and it goes well with a seccomp profile",
    matches: ({ first, top }) =>
      /^(?:abi\s+<|profile\s+\S+.*\{$)/.test(first) || /^#?include\s+<(?:tunables|abstractions)\//.test(top),
  },
  {
    name: "output of strace",
    what: "what strace has printed",
    hint: "to write the profile of a run: seccomp-exec record -o PROFILE -- COMMAND",
    matches: ({ first }) => /^(?:\[pid +\d+\] +|\d+ +)?(?:\d[\d:.]* +)?[a-z_]\w*\(.*\)\s+= /.test(first),
  },
  {
    name: "Elastic's policy (go-seccomp-bpf)",
    what: "a policy of Elastic's go-seccomp-bpf, in YAML",
    but: `and ${NO_READER}`,
    hint: `${TO_RULES}: default_action is "defaultAction", allow is "SCMP_ACT_ALLOW", errno is "SCMP_ACT_ERRNO"`,
    matches: ({ telling }) => telling.some((line) => /^\s*(?:seccomp\.)?default_action\s*:/.test(line)),
  },
  {
    name: "a Compose file",
    what: "a Compose file (YAML)",
    hint: "a service names its profile in security_opt (seccomp=FILE): use that file, which is JSON",
    matches: ({ telling }) => telling.some((line) => /^services:\s*$/.test(line)),
  },
  {
    name: "a snap's definition",
    what: "the definition of a snap (YAML)",
    hint: "snapd makes the filter of a snap from its plugs; what it makes is in /var/lib/snapd/seccomp/bpf",
    matches: ({ telling }) =>
      telling.some((line) => /^name:\s/.test(line)) &&
      telling.some((line) => /^(?:confinement|base):\s/.test(line)) &&
      telling.some((line) => /^(?:apps|parts|plugs|slots):/.test(line)),
  },
  {
    name: "snapd's template, or another list of calls",
    what: "a list of system calls, as snapd's templates have it",
    hint: 'put the names into a profile: { "defaultAction": "SCMP_ACT_ERRNO", "syscalls": [{ "names": [...], "action": "SCMP_ACT_ALLOW" }] }',
    matches: ({ telling }) =>
      telling.length > 2 &&
      telling.every((line) => isCall(/^\s*[~-]?([a-z_]\w*)(?:\s+\S+)*,?\s*$/.exec(line)?.[1])),
  },
];

function isCall(word: string | undefined): boolean {
  return word !== undefined && syscallId(word) >= 0;
}

/** Maximum number of lines examined, and of characters of each. */
const MAX_LINES = 100;
const MAX_LENGTH = 500;

/** What a text is, by its words; undefined if it may be meant as JSON, or is not known. */
export function kindByWords(text: string): Kind | undefined {
  const lines = linesOf(text);
  // JSON, however broken.
  return /^\s*[{"]|^\s*\[\s*(?:[{"]|$)/.test(lines.first)
    ? undefined
    : OTHER_TEXTS.find((one) => one.matches(lines));
}

/** The lines that say what a text is. */
export function linesOf(text: string): Lines {
  const lines = text.split("\n", MAX_LINES).map((line) => line.slice(0, MAX_LENGTH).trimEnd());
  const telling = lines.filter((line) => line !== "" && !/^\s*(?:[#%;]|\/\/|\/\*)|^---/.test(line));
  return { telling, first: telling[0] ?? "", top: lines[0] ?? "" };
}
