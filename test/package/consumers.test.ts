/**
 * Programs that use the installed package: the examples of the library compile strictly and print what they say.
 */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { createContext, runInContext } from "node:vm";
import { buildSync, transformSync } from "esbuild";
import * as assert from "uvu/assert";
import { test } from "../support/running/test.ts";
import { allExamples, documentedFunctions } from "./support/examples.ts";
import { Consumer, TOOLS } from "./support/installed.ts";

const consumer = new Consumer();
const EXAMPLES = allExamples();

/** What a program prints there, line by line. */
const PRINTING = `const lines = [];
const console = { log: (...values) => lines.push(...values.map(String).join(" ").split("\\n")) };
`;

test("the package has no dependencies", () => {
  assert.equal(consumer.packages(), ["seccomp-exec"]);
});

test("every function and value has an example, and every example says what it prints", () => {
  const functions = documentedFunctions();
  assert.ok(functions.length > 12, "the test finds the functions");
  assert.equal(
    functions.filter(({ hasExample }) => !hasExample).map(({ name }) => name),
    [],
  );
  assert.equal(
    EXAMPLES.filter(({ prints }) => prints.length === 0).map(({ name }) => name),
    [],
  );
});

for (const [i, { code }] of EXAMPLES.entries()) {
  consumer.write(`examples/${i}.ts`, code);
}
// The only global of a host that the examples use.
consumer.write(
  "examples/console.d.ts",
  "declare const console: { log(...values: readonly unknown[]): void };\n",
);

/** The strictest options, without the types of Node and of browsers. */
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noPropertyAccessFromIndexSignature: true,
  verbatimModuleSyntax: true,
  isolatedModules: true,
  skipLibCheck: false,
  target: "ES2022",
  lib: ["ES2022"],
  types: [],
  noEmit: true,
};

/** Compilers: the project's own, and the last one in JavaScript, which most projects have. */
const COMPILERS = ["node_modules/typescript", join(TOOLS, "node_modules/typescript")].map((path) => {
  const { version } = JSON.parse(readFileSync(join(path, "package.json"), "utf8"));
  return { version: String(version), tsc: resolve(path, "bin/tsc") };
});

for (const { version, tsc } of COMPILERS) {
  for (const [moduleResolution, module] of [
    ["bundler", "ESNext"],
    ["nodenext", "NodeNext"],
  ]) {
    test(`the examples compile strictly: TypeScript ${version}, ${moduleResolution}`, () => {
      consumer.write(
        "tsconfig.json",
        JSON.stringify({ compilerOptions: { ...STRICT, module, moduleResolution }, include: ["examples"] }),
      );
      const { status, stdout } = consumer.run(["node", tsc, "-p", "."]);
      assert.equal(stdout, "");
      assert.is(status, 0);
    });
  }
}

test("a program with a wrong type does not compile", () => {
  consumer.write(
    "wrong/0.ts",
    'import { resolve, type Profile } from "seccomp-exec";\nexport const wrong = (profile: Profile) => resolve(profile, { architecture: "vax", kernel: "6.12" });\n',
  );
  consumer.write(
    "tsconfig.json",
    JSON.stringify({
      compilerOptions: { ...STRICT, module: "ESNext", moduleResolution: "bundler" },
      include: ["wrong"],
    }),
  );
  const { status, stdout } = consumer.run(["node", COMPILERS[0]?.tsc ?? "", "-p", "."]);
  assert.is.not(status, 0);
  assert.match(stdout, /"vax"/);
});

test("the examples print what they say, in Node", () => {
  for (const [i, { code }] of EXAMPLES.entries()) {
    consumer.write(
      `run/${i}.js`,
      `${PRINTING}${transformSync(code, { loader: "ts", target: "es2022" }).code}\nexport { lines };\n`,
    );
  }
  consumer.write(
    "run/all.js",
    `const all = [];
for (let i = 0; i < ${EXAMPLES.length}; i += 1) {
  all.push((await import(\`./\${i}.js\`)).lines);
}
console.log(JSON.stringify(all));
`,
  );
  const { status, stdout, stderr } = consumer.run(["node", "run/all.js"]);
  assert.is(stderr, "");
  assert.is(status, 0);
  const printed = JSON.parse(stdout) as readonly (readonly string[])[];
  assert.equal(astray(printed), []);
});

test("and in a context that has ECMAScript and nothing of Node or a browser", () => {
  const printed = EXAMPLES.map(({ code }) => {
    const { outputFiles } = buildSync({
      stdin: { contents: code, loader: "ts", resolveDir: consumer.directory },
      bundle: true,
      write: false,
      format: "iife",
      platform: "browser",
      target: "es2022",
      banner: { js: PRINTING },
      logLevel: "silent",
    });
    const context = createContext(Object.create(null));
    // What a context of node:vm has besides ECMAScript.
    runInContext(
      "delete globalThis.console; delete globalThis.WebAssembly; delete globalThis.SharedArrayBuffer;",
      context,
    );
    runInContext(outputFiles[0]?.text ?? "", context);
    return JSON.parse(runInContext("JSON.stringify(lines)", context)) as readonly string[];
  });
  assert.equal(astray(printed), []);
});

/** The examples that did not print what they say. */
function astray(printed: readonly (readonly string[])[]): readonly object[] {
  assert.is(printed.length, EXAMPLES.length);
  return EXAMPLES.flatMap(({ name, prints }, i) =>
    prints.join("\n") === printed[i]?.join("\n") ? [] : [{ name, prints, printed: printed[i] }],
  );
}

test("the declarations of the library say nothing of the host", () => {
  const types = join(consumer.directory, "node_modules/seccomp-exec/types");
  const pending = ["src/index.d.ts"];
  const named = new Set(pending);
  for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
    for (const [, imported = ""] of readFileSync(join(types, file), "utf8").matchAll(
      / from "(\.[^"]*)\.js"/g,
    )) {
      const path = join(dirname(file), `${imported}.d.ts`);
      if (!named.has(path)) {
        named.add(path);
        pending.push(path);
      }
    }
  }
  assert.ok(named.size > 10, "the test finds the declarations");
  assert.equal(
    [...named].filter(
      (file) =>
        !/^src\/(index|diagnostic|library\/.*|profile\/profile|tables\/architectures)\.d\.ts$/.test(file),
    ),
    [],
  );
});

test.run();
