/**
 * Profiles of a given size, in every shape in which a file can be large.
 */

/** Maximum size of a file, in bytes. */
export const MAX_FILE_SIZE = 4 << 20;

export interface Shape {
  readonly name: string;
  /** A text of at most this size, and little less. */
  readonly text: (size: number) => string;
}

/** `before`, as many pieces as fit, separated by `between`, and `after`. */
function filled(
  size: number,
  before: string,
  piece: (i: number) => string,
  after: string,
  between = ",",
): string {
  const pieces: string[] = [];
  let room = size - Buffer.byteLength(before) - Buffer.byteLength(after);
  for (let i = 0; ; i += 1) {
    const next = piece(i);
    room -= Buffer.byteLength(next) + (i === 0 ? 0 : between.length);
    if (room < 0) {
      return before + pieces.join(between) + after;
    }
    pieces.push(next);
  }
}

/** One rule with these names. */
function names(size: number, name: (i: number) => string, action = "ALLOW"): string {
  return filled(size, `${DENYING}"syscalls":[{"action":"SCMP_ACT_${action}","names":[`, name, "]}]}");
}

/** Many rules. */
function rules(size: number, rule: (i: number) => string, before = DENYING): string {
  return filled(size, `${before}"syscalls":[`, rule, "]}");
}

function rule(name: string, action: string, args = ""): string {
  return `{"names":["${name}"],"action":"SCMP_ACT_${action}"${args === "" ? "" : `,"args":[${args}]`}}`;
}

function condition(index: number, value: number | string, op = "EQ", two = ""): string {
  return `{"index":${index},"value":${value},${two === "" ? "" : `"valueTwo":${two},`}"op":"SCMP_CMP_${op}"}`;
}

const DENYING = '{"defaultAction":"SCMP_ACT_ERRNO",';
const CALLS = [
  "read",
  "write",
  "openat",
  "close",
  "socket",
  "ptrace",
  "clone",
  "mmap",
  "ioctl",
  "personality",
];
const call = (i: number): string => CALLS[i % CALLS.length] ?? "";
/** A file of top-level members only. */
function top(size: number, member: (i: number) => string): string {
  return filled(size, DENYING, member, "}");
}

export const SHAPES: readonly Shape[] = [
  { name: "spaces at the end", text: (size) => `${DENYING}"syscalls":[]}`.padEnd(size, " ") },
  { name: "lines without anything", text: (size) => `${DENYING}"syscalls":[]}`.padEnd(size, "\n") },
  { name: "nothing but spaces", text: (size) => " ".repeat(size) },
  {
    name: "a value between much space",
    text: (size) => filled(size, `${DENYING}"flags":[`, () => " ".repeat(1000), "]}", ""),
  },
  { name: "one name again and again", text: (size) => names(size, () => '"read"') },
  { name: "known names in turn", text: (size) => names(size, (i) => `"${call(i)}"`) },
  { name: "unknown names, allowed", text: (size) => names(size, (i) => `"x${i}"`) },
  { name: "unknown names, denied", text: (size) => names(size, (i) => `"x${i}"`, "KILL") },
  { name: "empty names", text: (size) => names(size, () => '""') },
  { name: "rules without conditions for one call", text: (size) => rules(size, () => rule("read", "ALLOW")) },
  { name: "rules without conditions in turn", text: (size) => rules(size, (i) => rule(call(i), "ALLOW")) },
  {
    name: "rules without conditions, two actions",
    text: (size) => rules(size, (i) => rule(call(i), i % 3 === 0 ? "LOG" : "ALLOW")),
  },
  {
    name: "rules for unknown calls",
    text: (size) => rules(size, (i) => rule(`x${i}`, "ALLOW")),
  },
  {
    name: "rules that are refused: unknown calls",
    text: (size) => rules(size, (i) => rule(`x${i}`, "KILL")),
  },
  {
    name: "rules with a value each, one call",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", condition(0, i * 7))),
  },
  {
    name: "rules with a value each, descending",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", condition(0, 1e9 - i * 7))),
  },
  {
    name: "rules with a value each, in no order",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", condition(0, (i * 7919 * 104729) % 1e9))),
  },
  {
    name: "rules with a value each, two actions",
    text: (size) => rules(size, (i) => rule("read", i % 2 === 0 ? "ALLOW" : "LOG", condition(0, i * 7))),
  },
  {
    name: "rules with the same value",
    text: (size) => rules(size, () => rule("read", "ALLOW", condition(0, 7))),
  },
  {
    name: "rules with a value each, calls in turn",
    text: (size) => rules(size, (i) => rule(call(i), "ALLOW", condition(i % 6, i * 7))),
  },
  {
    name: "rules with a mask each, one call",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", condition(0, i * 2 + 3, "MASKED_EQ", "1"))),
  },
  {
    name: "rules with two conditions each, one call",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", `${condition(0, i)},${condition(1, i * 3)}`)),
  },
  {
    name: "rules with six conditions each, calls in turn",
    text: (size) =>
      rules(size, (i) =>
        rule(call(i), "ALLOW", Array.from({ length: 6 }, (_, at) => condition(at, i + at, "GE")).join()),
      ),
  },
  {
    name: "rules with unequal values",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", condition(0, i * 7, "NE"))),
  },
  {
    name: "conditions of one rule, one argument",
    text: (size) =>
      filled(
        size,
        `${DENYING}"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[`,
        (i) => condition(0, i * 7),
        "]}]}",
      ),
  },
  {
    name: "conditions of one rule, arguments in turn",
    text: (size) =>
      filled(
        size,
        `${DENYING}"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[`,
        (i) => condition(i % 6, i * 7),
        "]}]}",
      ),
  },
  {
    name: "conditions of one rule that all hold",
    text: (size) =>
      filled(
        size,
        `${DENYING}"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","args":[`,
        () => condition(0, 0, "GE"),
        "]}]}",
      ),
  },
  {
    name: "values above 2^53",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", condition(0, `18446744073709${100000 + i}`))),
  },
  {
    name: "values above 2^64",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", condition(0, `98446744073709${100000 + i}`))),
  },
  {
    name: "values with a fraction",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", condition(0, `${i}.5`))),
  },
  {
    name: "negative values",
    text: (size) => rules(size, (i) => rule("read", "ALLOW", condition(0, `-${i + 1}`))),
  },
  {
    name: "a number of 4 million digits",
    text: (size) => filled(size, `${DENYING}"defaultErrnoRet":1`, () => "0".repeat(100), "}", ""),
  },
  {
    name: "a capability each",
    text: (size) =>
      rules(
        size,
        (i) =>
          `{"names":["${call(i)}"],"action":"SCMP_ACT_ALLOW","includes":{"caps":["CAP_SYS_ADMIN"],"minKernel":"4.${i % 255}"}}`,
      ),
  },
  {
    name: "capabilities of one rule",
    text: (size) =>
      filled(
        size,
        `${DENYING}"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","excludes":{"caps":["CAP_BPF"]},"includes":{"caps":[`,
        () => '"CAP_SYS_ADMIN"',
        "]}}]}",
      ),
  },
  {
    name: "capabilities of one rule, included and excluded",
    text: (size) => {
      const half = filled((9 * size) / 22 - 100, "", () => '"CAP_BPF"', "");
      return `${DENYING}"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"caps":[${half.replaceAll("BPF", "SYSLOG")}]},"excludes":{"caps":[${half}]}}]}`;
    },
  },
  {
    name: "unknown capabilities",
    text: (size) =>
      filled(
        size,
        `${DENYING}"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"caps":[`,
        (i) => `"CAP_X${i}"`,
        "]}}]}",
      ),
  },
  {
    name: "architectures of one rule",
    text: (size) =>
      filled(
        size,
        `${DENYING}"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"arches":[`,
        (i) => (i % 2 === 0 ? '"amd64"' : '"arm64"'),
        "]}}]}",
      ),
  },
  {
    name: "architectures of one rule, included and excluded",
    text: (size) => {
      const half = filled(size / 2 - 100, "", () => '"amd64"', "");
      return `${DENYING}"syscalls":[{"names":["read"],"action":"SCMP_ACT_ALLOW","includes":{"arches":[${half}]},"excludes":{"arches":[${half.replaceAll("amd64", "arm64")}]}}]}`;
    },
  },
  {
    name: "architectures of the profile",
    text: (size) =>
      filled(
        size,
        `${DENYING}"architectures":[`,
        (i) => (i % 2 === 0 ? '"SCMP_ARCH_X86"' : '"SCMP_ARCH_X32"'),
        "]}",
      ),
  },
  {
    name: "unknown architectures",
    text: (size) => filled(size, `${DENYING}"architectures":[`, (i) => `"SCMP_ARCH_${i}"`, "]}"),
  },
  {
    name: "archMap, entries",
    text: (size) =>
      filled(
        size,
        `${DENYING}"archMap":[`,
        () => '{"architecture":"SCMP_ARCH_X86_64","subArchitectures":["SCMP_ARCH_X86"]}',
        "]}",
      ),
  },
  {
    name: "archMap, architectures of one entry",
    text: (size) =>
      filled(
        size,
        `${DENYING}"archMap":[{"architecture":"SCMP_ARCH_X86_64","subArchitectures":[`,
        () => '"SCMP_ARCH_X86"',
        "]}]}",
      ),
  },
  {
    name: "flags",
    text: (size) => filled(size, `${DENYING}"flags":[`, () => '"SECCOMP_FILTER_FLAG_LOG"', "]}"),
  },
  {
    name: "a comment without lines",
    text: (size) => filled(size, `${DENYING}"comment":"`, () => "x".repeat(100), '"}', ""),
  },
  {
    name: "a comment of two-byte letters",
    text: (size) => filled(size, `${DENYING}"comment":"`, () => "ä".repeat(100), '"}', ""),
  },
  {
    name: "a comment of four-byte letters",
    text: (size) => filled(size, `${DENYING}"comment":"`, () => "😀".repeat(100), '"}', ""),
  },
  {
    name: "a comment of escapes",
    text: (size) => filled(size, `${DENYING}"comment":"`, () => "\\n\\u0041", '"}', ""),
  },
  {
    name: "a name without end",
    text: (size) =>
      filled(
        size,
        `${DENYING}"syscalls":[{"action":"SCMP_ACT_KILL","names":["`,
        () => "x".repeat(100),
        '"]}]}',
        "",
      ),
  },
  {
    name: "rules with comments",
    text: (size) =>
      rules(size, (i) => `{"names":["${call(i)}"],"action":"SCMP_ACT_ALLOW","comment":"why ${i}"}`),
  },
  { name: "unknown keys", text: (size) => top(size, (i) => `"x${i}":1`) },
  {
    name: "unknown keys in rules",
    text: (size) => rules(size, (i) => `{"names":["read"],"action":"SCMP_ACT_ALLOW","x${i}":1}`),
  },
  { name: "unknown lists", text: (size) => filled(size, `${DENYING}"x":[`, (i) => `[${i}]`, "]}") },
  { name: "unknown list of numbers", text: (size) => filled(size, `${DENYING}"x":[`, () => "1", "]}") },
  { name: "unknown list of objects", text: (size) => filled(size, `${DENYING}"x":[`, () => "{}", "]}") },
  {
    name: "an unknown list of numbers above 2^53",
    text: (size) => filled(size, `${DENYING}"x":[`, () => "99999999999999999", "]}"),
  },
  {
    name: "an unknown list of fractions",
    text: (size) => filled(size, `${DENYING}"x":[`, () => "1.5", "]}"),
  },
  { name: "one key again and again", text: (size) => top(size, () => '"x":1') },
  {
    name: "a rule's key again and again",
    text: (size) => rules(size, () => '{"names":["read"],"names":["read"],"action":"SCMP_ACT_ALLOW"}'),
  },
  {
    name: "keys in capital letters",
    text: (size) => rules(size, () => '{"Names":["read"],"action":"SCMP_ACT_ALLOW"}'),
  },
  { name: "values of a wrong type", text: (size) => rules(size, () => "1") },
  { name: "names of a wrong type", text: (size) => names(size, () => "1") },
  { name: "rules without anything", text: (size) => rules(size, () => "{}") },
  { name: "unknown actions", text: (size) => rules(size, (i) => rule("read", `X${i}`)) },
  {
    name: "levels, as deep as they may be",
    text: (size) => filled(size, `${DENYING}"x":[`, () => "[".repeat(90) + "]".repeat(90), "]}"),
  },
  { name: "levels without end", text: (size) => "[".repeat(size) },
  {
    name: "objects in objects, as deep as they may be",
    text: (size) => filled(size, `${DENYING}"x":[`, () => `${'{"a":'.repeat(90)}1${"}".repeat(90)}`, "]}"),
  },
  {
    name: "a bracket that is missing at the end",
    text: (size) => rules(size, (i) => rule(call(i), "ALLOW", condition(0, i))).slice(0, -2),
  },
  { name: "a string that is not closed", text: (size) => `${DENYING}"comment":"`.padEnd(size, "x") },
  { name: "commas too many", text: (size) => rules(size, (i) => rule(call(i), "ALLOW").replace("]", ",]")) },
  { name: "commas and nothing else", text: (size) => filled(size, `${DENYING}"x":[`, () => ",", "]}", "") },
  {
    name: "comments of lines",
    text: (size) => filled(size, `${DENYING}\n`, (i) => `// ${i}`, '\n"syscalls":[]}', "\n"),
  },
  {
    name: "a comment that is not allowed",
    text: (size) => filled(size, `${DENYING}/*`, () => "x".repeat(100), '*/"syscalls":[]}', ""),
  },
  { name: "letters", text: (size) => "x".repeat(size) },
  { name: "words", text: (size) => "x y ".repeat(size / 4) },
  { name: "no colons", text: (size) => top(size, () => '"x" 1') },
  { name: "quotes", text: (size) => '"'.repeat(size) },
  { name: "NUL bytes", text: (size) => "\0".repeat(size) },
  {
    name: "control characters in a string",
    text: (size) => filled(size, `${DENYING}"comment":"`, () => "\x01", '"}', ""),
  },
  { name: "a line each", text: (size) => rules(size, (i) => `\n\t\t${rule(call(i), "ALLOW")}`) },
];
