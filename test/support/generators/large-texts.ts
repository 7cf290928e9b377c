/**
 * Texts of any size that repeat one thing: the cost of reading them must be linear in their size.
 */

/** Makes a text of at most this number of characters. */
export type Filled = (size: number) => string;

function filled(head: string, unit: string | ((i: number) => string), tail: string): Filled {
  const next = typeof unit === "string" ? (): string => unit : unit;
  return (size) => {
    const parts = [head];
    for (let left = size - head.length - tail.length, i = 0; left >= next(i).length; i += 1) {
      left -= next(i).length;
      parts.push(next(i));
    }
    return `${parts.join("")}${tail}`;
  };
}

const RULES_BEGIN = '{"defaultAction": "SCMP_ACT_ERRNO", "syscalls": [';
const RULE_BEGIN = `${RULES_BEGIN}{"action": "SCMP_ACT_ALLOW", "names": ["read"`;
const CONDITION = '{"index": 0, "op": "SCMP_CMP_EQ", "value": 18446744073709551615}';
const READ_RULE = '{"names": ["read"], "action": "SCMP_ACT_ALLOW"}';

/** The repeated things, and how to make a text of each. */
export const LARGE: Readonly<Record<string, Filled>> = {
  "lists in lists": filled("", "[", ""),
  "objects in objects": filled("", '{"a":', ""),
  "lists in lists behind a profile": filled('{"defaultAction": "SCMP_ACT_ALLOW", "x": ', "[", ""),
  "lists at the deepest level": filled(`{"x": ${"[".repeat(98)}`, "[],", `[]${"]".repeat(98)}}`),
  spaces: filled("", " ", ""),
  lines: filled('{"defaultAction": "SCMP_ACT_ALLOW"', "\n", "}"),
  "one string": filled('{"defaultAction": "', "x", '"}'),
  escapes: filled('{"defaultAction": "', "\\u0041", '"}'),
  "escapes that are none": filled('{"defaultAction": "', "\\x", '"}'),
  "one key": filled('{"', "x", '": 1}'),
  "one number": filled('{"defaultErrnoRet": ', "9", "}"),
  "one number with a fraction": filled('{"defaultErrnoRet": 0.', "9", "}"),
  "numbers that are no integers": filled(`{"defaultAction": "SCMP_ACT_ALLOW", "flags": [1`, ",1.5", "]}"),
  "numbers above 2^53": filled(`{"defaultAction": "SCMP_ACT_ALLOW", "x": [1`, ",18446744073709551615", "]}"),
  commas: filled("[", ",", "]"),
  colons: filled("{", ":", "}"),
  "closing brackets": filled("", "]", ""),
  quotes: filled("", '"', ""),
  "comments by line": filled("{", "//\n", "}"),
  "comments in one line": filled("{", "/**/", "}"),
  "a comment without an end": filled("{/*", "*", "}"),
  words: filled("", "what ", ""),
  "NUL bytes": filled("", "\0", ""),
  "the same key": filled('{"defaultAction": "SCMP_ACT_ALLOW"', ',"a":0', "}"),
  "known names": filled(RULE_BEGIN, ',"read"', "]}]}"),
  "unknown names": filled(RULE_BEGIN, ',"raed"', "]}]}"),
  "names of another type": filled(RULE_BEGIN, ",0", "]}]}"),
  rules: filled(RULES_BEGIN + READ_RULE, `,${READ_RULE}`, "]}"),
  "rules without anything": filled(`${RULES_BEGIN}{}`, ",{}", "]}"),
  "conditions of one rule": filled(`${RULE_BEGIN}], "args": [${CONDITION}`, `,${CONDITION}`, "]}]}"),
  "conditions without anything": filled(`${RULE_BEGIN}], "args": [{}`, ",{}", "]}]}"),
  architectures: filled(
    '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_X86"',
    ',"SCMP_ARCH_ARM"',
    "]}",
  ),
  "entries of archMap": filled(
    '{"defaultAction": "SCMP_ACT_ALLOW", "archMap": [{}',
    ',{"architecture":"SCMP_ARCH_ARM"}',
    "]}",
  ),
  capabilities: filled(`${RULE_BEGIN}], "excludes": {"caps": ["CAP_CHOWN"`, ',"CAP_X"', "]}}]}"),
  "different unknown keys": filled('{"defaultAction": "SCMP_ACT_ALLOW"', (i) => `,"k${i}":0`, "}"),
  "different unknown names": filled(RULE_BEGIN, (i) => `,"n${i}"`, "]}]}"),
};
