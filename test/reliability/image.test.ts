/**
 * Makes the image of QuickJS again, as the build does, in other surroundings: the same bundles give the same bytes.
 */

import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import * as assert from "uvu/assert";
import { NATIVE_ARCHITECTURES } from "../../build/bundling.ts";
import { PROGRAM, runCommand, temporaryDirectory } from "../support/programs/program.ts";
import { need } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

/** The executable whose image is still empty, which makes it. */
const MAKER = resolve(
  `host/target/${NATIVE_ARCHITECTURES[process.arch]}-unknown-linux-gnu/release/seccomp-exec`,
);
const INPUTS = ["compiler.qbc", "launch.qbc", "filters.json", "compiler-digest"];
const IMAGE = readFileSync("build/out/image");

const NO_RANDOM_ADDRESSES = need(
  "setarch -R, which some containers forbid",
  () => runCommand(["sh", "-c", "setarch -R true"]).status === 0,
);

interface Surroundings {
  /** Commands of a shell that come first. */
  readonly first?: string;
  /** What the executable is started by. */
  readonly by?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Another working directory, in which everything that the image is made of has other paths; left out: the project's. */
  readonly elsewhere?: string;
}

/** Makes the image, and says where it differs from the one in the executable; nothing where it does not. */
function differences({ first = "", by = [], env = {}, elsewhere }: Surroundings): string[] {
  const out = join(temporaryDirectory(), "image");
  const inputs = INPUTS.map((name) => resolve("build/out", name));
  let command = [...by, MAKER, ...inputs];
  if (elsewhere !== undefined) {
    const names = ["maker", ...INPUTS];
    [MAKER, ...inputs].forEach((file, i) => {
      copyFileSync(file, join(elsewhere, names[i] ?? ""));
    });
    command = [...by, "./maker", ...INPUTS];
  }
  const made = runCommand(["sh", "-c", `${first} exec "$@" >${out}`, "sh", ...command], {
    env,
    ...(elsewhere === undefined ? {} : { cwd: elsewhere }),
  });
  assert.equal([made.status, made.stderr], [0, ""]);
  const image = readFileSync(out);
  assert.is(image.length, IMAGE.length);
  const offsets = [...image.keys()].filter((offset) => image[offset] !== IMAGE[offset]);
  return offsets.map((offset) => `0x${offset.toString(16)}: ${image[offset]}, not ${IMAGE[offset]}`);
}

test("the executable has this image in it", () => {
  assert.ok(IMAGE.length > 100_000 && readFileSync(PROGRAM).includes(IMAGE));
});

test("no bundle uses the random numbers that an image makes the same at each launch", () => {
  for (const bundle of ["compiler", "launch", "toolkit"]) {
    const code = readFileSync(`build/out/${bundle}.js`, "utf8");
    assert.ok(code.includes("Math."), "the test finds the code");
    assert.not.match(code, /Math\s*\.\s*random|Math\[/);
  }
});

test("it is the same each time", () => {
  for (let times = 0; times < 8; times++) {
    assert.equal(differences({}), []);
  }
});

test("it is the same whatever the environment, the time zone, the language and the limits", () => {
  const env = {
    HOME: "/nowhere",
    TZ: "Pacific/Apia",
    LANG: "tr_TR.UTF-8",
    LC_ALL: "C.UTF-8",
    X: "x".repeat(100_000),
  };
  assert.equal(differences({ env }), []);
  assert.equal(differences({ first: "unset PATH; ulimit -s 256;" }), []);
  assert.equal(differences({ first: "ulimit -s unlimited;" }), []);
});

test("it is the same in another directory, by other names", () => {
  const elsewhere = join(temporaryDirectory(), ...Array.from({ length: 8 }, () => "long".repeat(25)));
  mkdirSync(elsewhere, { recursive: true });
  assert.equal(differences({ elsewhere }), []);
});

testWith(NO_RANDOM_ADDRESSES)("it is the same where addresses are not random", () => {
  assert.equal(differences({ by: ["setarch", "-R"] }), []);
  assert.equal(differences({ by: ["setarch", "-R"], env: { X: "x".repeat(5000) } }), []);
});

test.run();
