/**
 * The texts that --wrap makes: everything but the commands stays byte for byte, and these are what they must be.
 */

import fc from "fast-check";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { parse, parseAllDocuments } from "yaml";
import { parseByLibrary } from "../profile/library-parser.ts";
import { changedLine } from "./edits.ts";
import { findLauncher } from "./launcher.ts";
import { type Wrapped, wrap } from "./wrap.ts";

const WORDS = ["/usr/local/bin/seccomp-exec", "--profile", "p.json", "--"];
const LAUNCHER = WORDS.join(" ");
const INSERTED = '"/usr/local/bin/seccomp-exec", "--profile", "p.json", "--"';

interface Options {
  readonly entrypoint?: readonly string[];
  readonly only?: string;
  readonly checks?: boolean;
}

function wrapped(text: string, { entrypoint, only, checks = true }: Options = {}): Wrapped {
  const isWrapped: Parameters<typeof wrap>[2]["isWrapped"] = ({ start }) =>
    findLauncher(start, entrypoint).kind === "present";
  return wrap(text, parseByLibrary, { words: WORDS, entrypoint, only, checks, isWrapped });
}

/** Each mark in a text as the launcher in front of it. */
function assertWrapped(before: string, after: string, options?: Options): void {
  const { text, hindrances } = wrapped(before, options);
  assert.equal(hindrances, []);
  assert.is(text, after);
  assert.is(wrapped(after, options).text, after, "what is wrapped stays as it is");
}

function assertHindered(text: string, why: RegExp, options?: Options): void {
  const { text: changed, hindrances } = wrapped(text, options);
  assert.is(changed, undefined);
  assert.match(hindrances.map((one) => one.why).join("\n"), why);
}

test("JSON: spaces, numbers, escapes and the order of keys stay", () => {
  assertWrapped(
    '{ "mem": 32.0,\t"id" : "\\u002fa",\r\n"args":[ "x", "y" ],  "cpus":1e0 }\n\n',
    `{ "mem": 32.0,\t"id" : "\\u002fa",\r\n"args":[ ${INSERTED}, "x", "y" ],  "cpus":1e0 }\n\n`,
  );
});

test("Mesos: the launcher is the file, and the command keeps the name that it had", () => {
  const task = (value: string, args: string) =>
    `{"task_id":{"value":"t"},"command":{"shell":false,"value":"${value}","arguments":[${args}]}}`;
  const launcher = "/usr/local/bin/seccomp-exec";
  const options = '"seccomp-exec", "--profile", "p.json"';
  assertWrapped(task("/bin/x", '"/bin/x", "y"'), task(launcher, `${options}, "--", "/bin/x", "y"`));
  assertWrapped(
    task("/bin/x", '"name", "y"'),
    task(launcher, `${options}, "--argv0", "name", "--", "/bin/x", "y"`),
  );
  assertWrapped(task("/bin/x", '"name"'), task(launcher, `${options}, "--argv0", "name", "--", "/bin/x"`));
});

test("YAML: comments, styles, documents and line ends stay", () => {
  const before = `# a
apiVersion: v1   # b
kind: Pod
spec:
    containers:
    -   name: a   # c
        image: i
        command:   # d
          - sh   # e
          - '-c'
        livenessProbe: {exec: {command: [ cat,x ]}}
    - command: ["x"]
---
kind: ConfigMap
apiVersion: v1
data: { x: |
    y
  }
`.replace("{ x: |\n    y\n  }", "\n  x: |\n    y");
  const after = before
    .replace(
      "- sh ",
      `- /usr/local/bin/seccomp-exec\n          - --profile\n          - p.json\n          - "--"\n          - sh `,
    )
    .replace("[ cat,x ]", `[ ${INSERTED}, cat,x ]`)
    .replace('["x"]', `[${INSERTED}, "x"]`);
  assertWrapped(before, after);
  assertWrapped(before.replaceAll("\n", "\r\n"), after.replaceAll("\n", "\r\n"));
});

test("Compose: texts that are split, and those for a shell, in every style", () => {
  const service = (entrypoint: string, check: string) =>
    `services:\n  s:\n    entrypoint: ${entrypoint}\n    healthcheck:\n      test: ${check}\n`;
  assertWrapped(
    service("x 'a b'", "it's"),
    service(`${LAUNCHER} x 'a b'`, `'exec ${LAUNCHER} /bin/sh -c ''it''\\''''s'''`),
  );
  assertWrapped(
    service('"x \\u0061"', '"a \\"b\\"" # c'),
    service(`"${LAUNCHER} x \\u0061"`, `"exec ${LAUNCHER} /bin/sh -c 'a \\"b\\"'" # c`),
  );
  assertWrapped(
    service("'x'", "|\n        a 'b'\n\n          c\n"),
    service(`'${LAUNCHER} x'`, `|\n        exec ${LAUNCHER} /bin/sh -c 'a '\\''b'\\''\n\n          c'\n`),
  );
  assertWrapped(
    service(">-\n      x\n      y", "[CMD-SHELL, exec /x]"),
    service(`>-\n      ${LAUNCHER} x\n      y`, `[CMD-SHELL, 'exec ${LAUNCHER} /x']`),
  );
});

test("no shell stays in front of the launcher", () => {
  const changed = (line: string) => changedLine(line, WORDS);
  assert.is(changed("/opt/x a"), `exec ${LAUNCHER} /bin/sh -c '/opt/x a'`);
  assert.is(changed("exec x a"), `exec ${LAUNCHER} x a`);
  assert.is(changed("x a"), `exec ${LAUNCHER} /bin/sh -c 'x a'`);
  assert.is(changed("A=1 /opt/x"), `exec ${LAUNCHER} /bin/sh -c 'A=1 /opt/x'`);
  assert.is(changed("A=1 exec /opt/x"), `A=1 exec ${LAUNCHER} /opt/x`);
  const pod =
    '{"id":"/p","containers":[{"name":"c","exec":{"command":{"shell":"/opt/x"}},"resources":{"cpus":1,"mem":1}}]}';
  assertWrapped(pod, pod.replace("/opt/x", `exec ${LAUNCHER} /bin/sh -c '/opt/x'`));
});

test("an image's entrypoint comes into the definition, if it is given", () => {
  const entrypoint = ["/e", "a b"];
  const list = `[${INSERTED}, "/e", "a b"]`;
  const before = "services:\n  s:\n    image: i   # c\n    command: x\n";
  assertHindered(before, /entrypoint of its image/);
  assertWrapped(before, before.replace("# c\n", `# c\n    entrypoint: ${list}\n`), { entrypoint });
  assertWrapped(before, before.replace(": x", `: ${LAUNCHER} x`), { entrypoint: [] });
  const flow = "services: { s: { image: i, command: x } }\n";
  assertWrapped(flow, flow.replace("image: i", `image: i, "entrypoint": ${list}`), { entrypoint });
  const pod = '{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"c","image":"i"}]}}';
  assertWrapped(pod, pod.replace('"image":"i"', `"image":"i", "command": ${list}`), { entrypoint });
  const built = "services:\n  s:\n    build: .\n";
  assertWrapped(built, built.replace("build", `entrypoint: ${list}\n    build`), { entrypoint });
  assertHindered(built, /no command, and its image no entrypoint/, { entrypoint: [] });
  const two = `${before}  t: { image: j }\n`;
  assertHindered(two, /several tasks need theirs/, { entrypoint });
  assertWrapped(two, two.replace("# c\n", `# c\n    entrypoint: ${list}\n`), { entrypoint, only: "s" });
  assertHindered('{"id":"/a","args":["x"],"container":{"docker":{"image":"i"}}}', /cannot replace that/);
});

test("commands that several tasks share are changed once, and what cannot be told apart is refused", () => {
  const shared = "x-c: &c [a]\nservices:\n  s: { entrypoint: *c }\n  t: { entrypoint: *c }\n";
  assertWrapped(shared, shared.replace("[a]", `[${INSERTED}, a]`));
  const merged =
    "x-b: &b\n  entrypoint: a\nservices:\n  s:\n    <<: *b\n  t:\n    <<: *b\n    entrypoint: c\n";
  assertWrapped(merged, merged.replace(": a", `: ${LAUNCHER} a`).replace(": c", `: ${LAUNCHER} c`));
  // An alias is where it is used, and its value where its anchor is.
  assertHindered(
    "x-c: &c a\nservices:\n  s:\n    entrypoint:\n      - *c\n",
    /changed safely|not mean the same/,
  );
  assertHindered("services:\n  s:\n    entrypoint:\n      - &c a\n", /changed safely|not mean the same/);
  assertHindered("x-c: &c a\nservices:\n  s:\n    entrypoint: *c\n    image: *c\n", /not mean the same/);
});

test("what is shared with something that is not wrapped in the same way is refused, and the other place named", () => {
  const services = (...lines: readonly string[]) =>
    `services:\n${lines.map((line) => `  ${line}\n`).join("")}`;
  // The arguments of the same task.
  assertHindered(
    services("a: { entrypoint: &c [/bin/e, x], command: *c }"),
    /\/services\/a\/entrypoint, \/services\/a\/command, and these would not mean the same/,
  );
  assertHindered(services("a: { entrypoint: &c /bin/e x, command: *c }"), /\/services\/a\/command/);
  // A command of one, and the arguments of another.
  assertHindered(
    `x-c: &c [/bin/e, x]\n${services("a: { entrypoint: *c }", "b: { entrypoint: [/b], command: *c }")}`,
    /\/services\/a\/entrypoint, \/services\/b\/command/,
  );
  // The other task is not to be wrapped.
  const two = `x-c: &c [/bin/e, x]\n${services("a: { entrypoint: *c }", "b: { entrypoint: *c }")}`;
  assertHindered(two, /\/services\/b\/entrypoint/, { only: "a" });
  const merged = services("a: &a", "  entrypoint: [/bin/e]", "b:", "  <<: *a");
  assertHindered(merged, /\/services\/b\/entrypoint/, { only: "a" });
  assertWrapped(merged, merged.replace("[/bin", `[${INSERTED}, /bin`));
  const extending = services("a:", "  entrypoint: [/bin/e]", "b:", "  extends: a");
  assertHindered(extending, /not mean the same/, { only: "a" });
  assertWrapped(extending, extending.replace("[/bin", `[${INSERTED}, /bin`));
  const image = services("a: &a", "  image: i", "b:", "  <<: *a");
  assertHindered(image, /not mean the same/, { only: "a", entrypoint: ["/e"] });
  // No task at all.
  assertHindered(services("a: { entrypoint: &c [/e], build: { args: *c } }"), /\/services\/a\/build\/args/);
  assertHindered(services("a: { entrypoint: &c [/e], labels: { command: *c } }"), /\/labels\/command/);
  assertHindered(
    "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - { name: a, command: &c [/bin/e, x], args: *c }\n",
    /\/spec\/containers\/0\/command, \/spec\/containers\/0\/args/,
  );
  // A probe is wrapped as its container is, but only together with it.
  const probe =
    "kind: Pod\napiVersion: v1\nspec:\n  containers:\n  - { name: a, command: &c [/e], livenessProbe: { exec: { command: *c } } }\n";
  assertWrapped(probe, probe.replace("[/e]", `[${INSERTED}, /e]`));
  assertHindered(probe, /\/exec\/command/, { checks: false });
});

test("the words of --entrypoint reach the task as they are: no scheduler puts a variable in", () => {
  const entrypoint = ["/e", "$HOME", "a$$b", "$(HOME)", "$$(X)", "$", "$$"];
  const put = (text: string, ...written: readonly string[]) => {
    const list = ["/e", ...written].map((word) => JSON.stringify(word)).join(", ");
    const { text: after } = wrapped(text, { entrypoint });
    assert.match(after ?? "", `[${INSERTED}, ${list}]`);
  };
  put("services:\n  s:\n    image: i\n", "$$HOME", "a$$$$b", "$$(HOME)", "$$$$(X)", "$$", "$$$$");
  put(
    '{"apiVersion":"v1","kind":"Pod","spec":{"containers":[{"name":"c","image":"i"}]}}',
    "$HOME",
    "a$$$b",
    "$$(HOME)",
    "$$$$(X)",
    "$",
    "$$$",
  );
});

test("whatever the texts are, the result is the same but for the commands, or there is none", () => {
  const text = fc.string({
    unit: fc.constantFrom(..."ab '\"\\\n\t$#:-{}[],&*!|>%@`é~?", "\\n", "''", "$(x)"),
    maxLength: 20,
  });
  const style = fc.constantFrom("BLOCK_LITERAL", "BLOCK_FOLDED", "QUOTE_DOUBLE", "QUOTE_SINGLE", "PLAIN");
  let done = 0;
  fc.assert(
    fc.property(text, text, style, fc.boolean(), (line, word, type, flow) => {
      const before = {
        services: { s: { image: word, healthcheck: { test: line }, entrypoint: [word, "x"] } },
      };
      const source = rendered(before, type, flow);
      // The library does not write every text in every style so that it reads it again.
      const [read] = parseAllDocuments(source);
      fc.pre(
        read !== undefined &&
          "errors" in read &&
          read.errors.length === 0 &&
          JSON.stringify(read.toJS()) === JSON.stringify(before),
      );
      const { text: after } = wrapped(source);
      if (after === undefined) {
        return;
      }
      done += 1;
      const now = parse(after) as typeof before;
      assert.equal(now.services.s.entrypoint, [...WORDS, word, "x"]);
      assert.is(now.services.s.image, word);
      const { test: check } = now.services.s.healthcheck;
      // In a block the last line breaks stay behind the quote.
      const inner = line.replace(/\n+$/, "");
      const behind = `exec ${LAUNCHER} /bin/sh -c '${inner.replaceAll("'", "'\\''")}'${line.slice(inner.length)}`;
      assert.ok([changedLine(line, WORDS), behind].includes(check), check);
    }),
    { numRuns: 300, seed: 17 },
  );
  assert.ok(done > 100, `${done} were changed`);
});

/** A text of the library's, with its strings in a style. */
function rendered(value: object, type: string, flow: boolean): string {
  const [document] = parseAllDocuments(JSON.stringify(value));
  if (document === undefined || !("contents" in document)) {
    throw new Error("there is no document");
  }
  const restyle = (node: unknown): void => {
    const one = node as { items?: unknown[]; flow?: boolean; type?: string; key?: unknown; value?: unknown };
    if (one.items !== undefined) {
      one.flow = flow;
      one.items.forEach(restyle);
    } else if (one.key !== undefined) {
      (one.key as { type: string }).type = "PLAIN";
      restyle(one.value);
    } else {
      one.type = type;
    }
  };
  restyle(document.contents);
  return document.toString({ lineWidth: 0 });
}

test.run();
