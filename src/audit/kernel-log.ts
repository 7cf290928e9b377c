/**
 * The kernel's records of seccomp verdicts, as they are in its log and in the files of auditd.
 */

import { decodeBytes } from "../bytes.ts";

/** A record that the kernel writes when a filter kills, or when a verdict is to be logged (kernel/auditsc.c, audit_seccomp, at v6.12). */
export interface SeccompRecord {
  /** Milliseconds since 1970; undefined if the line has none. */
  readonly time: number | undefined;
  readonly pid: number | undefined;
  /** The name of the task, not printable in general. */
  readonly command: string | undefined;
  /** The path of its executable, not printable in general. */
  readonly executable: string | undefined;
  readonly uid: number | undefined;
  /** AUDIT_ARCH_* */
  readonly arch: number;
  readonly nr: number;
  /** SECCOMP_RET_*, without its data: the kernel does not record the errno. */
  readonly action: number;
}

/**
 * AUDIT_SECCOMP of include/uapi/linux/audit.h at v6.12, as auditd writes it: at the beginning, but for the name of the machine
 * (`name_format` of auditd.conf(5)).
 */
const AUDITD = /^(?:node=\S+ )?(?=type=(?:1326|SECCOMP) )/;

/** A time that dmesg(1) puts first, also with `--decode`, `--ctime` or `--time-format iso`, or none. */
const DMESG =
  /^(?:<\d+>)?(?:[a-z]+ *:[a-z]+ *: ?)?(?:\d{4}-\d\d-\d\dT\S+ +)?(?:\[[^\]]*\] *)*audit: (?=type=1326 )/;

/**
 * A time, a machine and the tag of the kernel, of journalctl(1) and of syslog: any program may send a line with any text, but the tag
 * before it is its own. (Root's, and those of programs that call themselves `kernel`, cannot be told apart.)
 */
const SYSLOG =
  /^(?:<\d+>)?(?:[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\d[T ]\S+|\[ *\d+\.\d+\]) \S+ kernel: (?:\[[^\]]*\] *)*audit: (?=type=1326 )/;

const TIME = /\baudit\((\d{1,15})\.(\d{3})(?::\d+)?\)/;

/**
 * Reads a line: of dmesg(1), `journalctl -k`, syslog or /var/log/audit/audit.log. What another program wrote is none.
 *
 * @returns undefined if it is no such record
 */
export function readRecord(line: string): SeccompRecord | undefined {
  const prefix = AUDITD.exec(line) ?? DMESG.exec(line) ?? SYSLOG.exec(line);
  if (prefix === null) {
    return undefined;
  }
  const fields = fieldsOf(line.slice(prefix[0].length));
  const arch = number(fields.get("arch"), 16);
  const nr = number(fields.get("syscall"), 10);
  const action = number(fields.get("code"), 16);
  if (arch === undefined || nr === undefined || action === undefined) {
    return undefined;
  }
  const time = TIME.exec(line);
  return {
    time: time === null ? undefined : Number(time[1]) * 1000 + Number(time[2]),
    pid: number(fields.get("pid"), 10),
    command: textOf(fields.get("comm")),
    executable: textOf(fields.get("exe")),
    uid: number(fields.get("uid"), 10),
    arch,
    nr,
    action,
  };
}

/**
 * The first value of each key: a program chooses its own name, so what looks like a field within quotes is none. auditd appends fields
 * for people after a group separator; these have keys in upper case.
 */
function fieldsOf(text: string): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  for (const [, key = "", value = ""] of text.matchAll(/(?:^|[\s\u001d])([a-z]+)=("[^"]*"|[^\s\u001d]*)/g)) {
    if (!fields.has(key)) {
      fields.set(key, value);
    }
  }
  return fields;
}

function number(digits: string | undefined, base: 10 | 16): number | undefined {
  const pattern = base === 16 ? /^(?:0x)?[0-9a-f]{1,8}$/i : /^-?\d{1,10}$/;
  return digits !== undefined && pattern.test(digits) ? Number.parseInt(digits, base) : undefined;
}

/** A string of the audit system: in quotes, or in hexadecimal digits if it has characters that could end or forge a field. */
function textOf(value: string | undefined): string | undefined {
  return value === undefined || value === "(null)" || value === "?"
    ? undefined
    : value.startsWith('"')
      ? value.slice(1, value.endsWith('"') && value.length > 1 ? -1 : undefined)
      : unescaped(value);
}

function unescaped(digits: string): string {
  if (!/^(?:[0-9a-f]{2})+$/i.test(digits)) {
    return digits;
  }
  const units = Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
  return decodeBytes(String.fromCharCode(...units));
}
