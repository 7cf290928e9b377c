/**
 * `denials`: the kernel's records of denied calls, with names instead of numbers.
 */

import { readRecord, type SeccompRecord } from "../audit/kernel-log.ts";
import { printable } from "../bytes.ts";
import { verdictsOn } from "../lint/input.ts";
import type { Policy } from "../policy/policy.ts";
import { actionOf, formatVerdict } from "../policy/verdict.ts";
import { type Architecture, architectureOfCall, architectures } from "../tables/architectures.ts";
import { SECCOMP_RET_ERRNO } from "../tables/seccomp.ts";
import { idOfSeen, syscallName } from "../tables/syscalls.ts";
import type { OptionTable } from "../task/command-line.ts";
import { jsonLine } from "./json.ts";
import { loadPolicy } from "./loaded-policy.ts";
import type { VerbHost } from "./output.ts";
import { renderMessage } from "./render.ts";
import { readStandardInput } from "./stream.ts";
import { ownTarget, TARGET_OPTIONS } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

const OPTIONS = [
  {
    name: "--profile",
    value: "PROFILE",
    input: true,
    help: "the profile that denied: it tells the errno, which the kernel does not record",
  },
  ...TARGET_OPTIONS,
  { name: "--json", help: "print one JSON object per record" },
] as const satisfies OptionTable;

export const denials = defineVerb({
  name: "denials",
  operands: [],
  summary: "name the calls in the kernel's records of denials, which are read from standard input",
  details: `Reads lines of dmesg, journalctl -k, syslog or /var/log/audit/audit.log, and writes one line for each record of a seccomp
verdict (type=1326, type=SECCOMP): time, program and process, architecture, system call, verdict and executable. All other lines are
left out, and so are those whose tag in syslog is not the kernel's: any program can write such a text.

The kernel records what kills. It records what is denied with an errno if the command was started with --log-denials, and what is
let through with --complain. It does not record arguments (--audit shows these), nor the errno: with --profile it is taken from the
profile, if all verdicts of the profile on that call agree.`,
  readsInput: "the kernel's log",
  options: OPTIONS,
  exits: { yes: "there are records", no: "there are none, or the profile is invalid" },
  example: "dmesg | seccomp-exec denials",
  run,
});

/** 256 MiB: more than a kernel's log, and than a file of auditd by default. */
const MAX_INPUT_SIZE = 256 * 1024 * 1024;

function run(host: VerbHost, { options }: VerbArguments<typeof OPTIONS, readonly []>): Answer {
  const { "--profile": reference } = options;
  const policy =
    reference === undefined ? undefined : loadPolicy(host, reference, options, ownTarget(host, options));
  if (reference !== undefined && policy === undefined) {
    return EXIT_NO;
  }
  const input = readStandardInput(host, MAX_INPUT_SIZE);
  let found = false;
  for (const line of input.split("\n")) {
    const record = readRecord(line);
    if (record !== undefined) {
      found = true;
      const named = nameOf(record, policy);
      if (options["--json"]) {
        host.writeLines(json(record, named));
      } else {
        host.write(1, text(record, named));
      }
    }
  }
  if (!found) {
    host.write(2, renderMessage("note", "standard input has no record of a seccomp verdict", NO_RECORDS));
    return EXIT_NO;
  }
  return EXIT_YES;
}

const NO_RECORDS =
  "the kernel records an errno only for commands started with --log-denials, only the actions in /proc/sys/kernel/seccomp/actions_logged, and few records a second";

/** The words for the numbers of a record. */
interface Names {
  readonly arch: string;
  readonly syscall: string;
  readonly verdict: string;
}

function nameOf({ arch: token, nr, action }: SeccompRecord, policy: Policy | undefined): Names {
  const arch = architectureOfCall(architectures, token, nr);
  const id = arch === undefined ? -1 : idOfSeen(arch, nr);
  const name = id < 0 ? undefined : syscallName(id);
  return {
    arch: arch?.name ?? `0x${token.toString(16)}`,
    syscall: name ?? String(nr),
    verdict: verdictName(arch, name, action, policy),
  };
}

/** The action; ERRNO with its errno if the profile has only one for that call. */
function verdictName(
  arch: Architecture | undefined,
  name: string | undefined,
  action: number,
  policy: Policy | undefined,
): string {
  if (actionOf(action) !== SECCOMP_RET_ERRNO) {
    return formatVerdict(action, arch ?? (architectures[0] as Architecture));
  }
  const verdicts =
    policy === undefined || arch === undefined || name === undefined || !policy.architectures.includes(arch)
      ? []
      : verdictsOn(policy, arch, name).filter((verdict) => actionOf(verdict) === SECCOMP_RET_ERRNO);
  const [verdict] = verdicts;
  return verdict !== undefined && verdicts.length === 1 && arch !== undefined
    ? formatVerdict(verdict, arch)
    : "ERRNO";
}

function text({ time, pid, command, executable }: SeccompRecord, names: Names): string {
  const when = time === undefined ? "" : `${new Date(time).toISOString()} `;
  const who = `${printable(command ?? "?")}[${pid ?? "?"}]`;
  const from = executable === undefined ? "" : `, ${printable(executable)}`;
  return `${when}${who}: ${names.arch} ${names.syscall} = ${names.verdict}${from}\n`;
}

function json({ time, pid, command, executable, uid, nr }: SeccompRecord, names: Names): string {
  const shown = {
    time: time === undefined ? undefined : new Date(time).toISOString(),
    pid,
    command: command === undefined ? undefined : printable(command),
    executable: executable === undefined ? undefined : printable(executable),
    uid,
    arch: names.arch,
    syscall: names.syscall,
    number: nr,
    verdict: names.verdict,
  };
  return jsonLine(shown);
}
