/**
 * What build/doctor.sh says and installs, on machines that have nothing but a few small programs, and whose package manager and
 * sudo only write down what they are asked for.
 */

import { spawnSync } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { directoryOf, type Files, NOBODY } from "../support/programs/files.ts";
import type { Outcome } from "../support/programs/program.ts";
import { IS_ROOT, program, ROOT } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const SMALL = ["cat", "dirname", "env", "head", "id", "ln", "mkdir", "mktemp", "rm", "sed", "sh", "sort"];

const RELEASES: Readonly<Record<string, string>> = {
  bookworm: 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n',
  trixie: 'ID=debian\nVERSION_ID="13"\nVERSION_CODENAME=trixie\n',
  noble: "ID=ubuntu\nID_LIKE=debian\nVERSION_ID=24.04\nVERSION_CODENAME=noble\nUBUNTU_CODENAME=noble\n",
  mint: "ID=linuxmint\nID_LIKE=ubuntu\nVERSION_ID=22\nVERSION_CODENAME=wilma\nUBUNTU_CODENAME=noble\n",
  fedora: "ID=fedora\nVERSION_ID=43\n",
  other: "ID=arch\n",
};

const says = (version: string) => ({ content: `#!/bin/sh\necho ${version}\n`, mode: 0o755 });
const TOOLS: Files = {
  "bin/node": says("v18.20.4"),
  "bin/npm": says("9.2.0"),
  "bin/make": says("GNU Make 4.3"),
  "bin/cargo": says('"cargo 1.85.0 (d73d2caf9 2024-12-31)"'),
  "bin/cc": says("cc"),
  "bin/musl-gcc": says("musl-gcc"),
  "bin/objcopy": says("objcopy"),
};

/** Writes down what it is called with; what is installed is there afterwards. */
const MANAGER = {
  content: `#!/bin/sh
dir=$(dirname "$0")
echo "\${0##*/} $*" >>"$dir/../log"
case $* in *install*) for file in "$dir"/../tools/bin/*; do ln -sf "$file" "$dir/"; done; esac
echo "the package manager's own words"
`,
  mode: 0o755,
};
const FAILING = { content: "#!/bin/sh\necho 'E: no such package'\nexit 100\n", mode: 0o755 };

interface Machine {
  readonly directory: string;
  /** What was asked of the package manager and of sudo. */
  log(): string[];
}

function machine(files: Files, manager = MANAGER): Machine {
  const tools = Object.fromEntries(Object.entries(TOOLS).map(([path, file]) => [`tools/${path}`, file]));
  const releases = Object.fromEntries(Object.entries(RELEASES).map(([name, text]) => [`os/${name}`, text]));
  const sudo = {
    content: '#!/bin/sh\necho "sudo $*" >>"$(dirname "$0")/../log"\nexec "$@"\n',
    mode: 0o755,
  };
  const packages = { "bin/apt-get": manager, "bin/dnf": manager, "bin/sudo": sudo };
  const log = { content: "", mode: 0o666 };
  const directory = directoryOf({ ...tools, ...releases, ...packages, log, ...files });
  mkdirSync(join(directory, "build"));
  for (const file of ["doctor.sh", "step.sh", "packages.txt"]) {
    copyFileSync(`build/${file}`, join(directory, "build", file));
  }
  for (const program of SMALL) {
    symlinkSync(pathOf(program), join(directory, "bin", program));
  }
  // An ordinary user may use it as well.
  for (const folder of ["bin", "build"]) {
    chmodSync(join(directory, folder), 0o777);
  }
  return {
    directory,
    log: () => readFileSync(join(directory, "log"), "utf8").split("\n").filter(Boolean),
  };
}

function pathOf(program: string): string {
  return spawnSync("sh", ["-c", `command -v ${program}`], { encoding: "utf8" }).stdout.trim();
}

interface Options {
  readonly release?: string;
  readonly purpose?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** An ordinary user; left out: root where root runs the tests. */
  readonly uid?: number;
  /** What is typed at a terminal; left out: there is none. */
  readonly typed?: string;
}

function examine({ directory }: Machine, options: Options = {}): Outcome {
  const env = {
    PATH: join(directory, "bin"),
    OS_RELEASE: join(directory, "os", options.release ?? "bookworm"),
    ...options.env,
  };
  const doctor = `${join(directory, "build/doctor.sh")} ${options.purpose ?? "build"}`;
  const command =
    options.typed === undefined ? doctor.split(" ") : [pathOf("script"), "-qec", doctor, "/dev/null"];
  const [file = "", ...args] = command;
  const user = options.uid === undefined || !IS_ROOT ? {} : { uid: options.uid, gid: options.uid };
  const result = spawnSync(file, args, {
    encoding: "utf8",
    env: { ...env, SHELL: pathOf("sh") },
    input: options.typed ?? "",
    ...user,
  });
  return { status: result.status, signal: result.signal, stdout: result.stdout, stderr: result.stderr };
}

const lines = (text: string): string[] => text.split("\n").filter(Boolean);
const NAMES = "nodejs npm rustc-web cargo-web gcc libc6-dev musl-tools binutils";

testWith(ROOT)("root gets what is missing, and one line that says what", () => {
  const bare = machine({ "bin/make": TOOLS["bin/make"] ?? "" });
  const { status, stdout, stderr } = examine(bare);
  assert.is(stderr, "");
  assert.match(stdout, new RegExp(`^installing (ca-certificates )?${NAMES}\n$`));
  assert.is(status, 0);
  const [update, install = ""] = bare.log();
  assert.is(update, "apt-get update");
  assert.match(install, "apt-get install -y --no-install-recommends --no-remove ");
  assert.ok(install.endsWith(NAMES), install);
  assert.equal(examine(bare), { status: 0, signal: null, stdout: "", stderr: "" });
});

testWith(ROOT)("Fedora's are installed by dnf", () => {
  const bare = machine({});
  assert.is(examine(bare, { release: "fedora" }).status, 0);
  const [install = ""] = bare.log();
  assert.match(
    install,
    /^dnf install -y .* nodejs nodejs-npm rust cargo gcc glibc-devel glibc-static musl-gcc /,
  );
});

testWith(ROOT)("where the installation fails, all that it printed is shown", () => {
  const { status, stderr } = examine(machine({}, FAILING));
  assert.is(status, 1);
  assert.match(stderr, "E: no such package\n");
  assert.match(stderr, "To install it yourself: apt-get update && apt-get install");
});

testWith(ROOT)("what is still too old afterwards is said, since another comes first in PATH", () => {
  const idle = { content: "#!/bin/sh\nexit 0\n", mode: 0o755 };
  const { status, stderr } = examine(machine({ ...TOOLS, "bin/node": says("v16.20.2") }, idle));
  assert.is(status, 1);
  assert.match(stderr, "still missing: Node.js 18.19 or newer; an older one may come first in PATH");
});

test("with NO_INSTALL=1 nothing is installed, and one line says what to run", () => {
  const bare = machine({});
  const { status, stdout, stderr } = examine(bare, { env: { NO_INSTALL: "1" } });
  assert.is(status, 1);
  assert.is(stdout, "");
  assert.is(lines(stderr).length, 1);
  assert.match(stderr, "Node.js 18.19 or newer, npm, Rust 1.85 or newer, a C compiler, ");
  assert.ok(stderr.endsWith(`${NAMES}\n`), stderr);
  assert.equal(bare.log(), []);
});

test("an ordinary user without a terminal gets the line, with sudo", () => {
  const bare = machine({});
  const { status, stderr } = examine(bare, { uid: NOBODY });
  assert.is(status, 1);
  assert.is(lines(stderr).length, 1);
  assert.match(stderr, "sudo apt-get update && sudo apt-get install --no-install-recommends ");
  assert.equal(bare.log(), []);
});

for (const [typed, installs] of [
  ["y\n", true],
  ["n\n", false],
  ["\n", false],
] as const) {
  testWith(program("script", "bsdutils"))(
    `an ordinary user at a terminal is asked, and answers ${JSON.stringify(typed)}`,
    () => {
      const bare = machine({});
      const { status, stdout } = examine(bare, { uid: NOBODY, typed });
      assert.match(stdout, /Run "sudo apt-get update && sudo apt-get install .*"\? \[y\/N\]/);
      assert.is(status, installs ? 0 : 1, stdout);
      assert.is(bare.log().includes("sudo apt-get update"), installs);
    },
  );
}

test("what is there by another way is not asked for; what is too old is", () => {
  const { stderr } = examine(machine({ ...TOOLS, "bin/node": says("v16.20.2") }), {
    env: { NO_INSTALL: "1" },
  });
  assert.match(
    stderr,
    /missing: (the certificates of authorities, )?Node\.js 18\.19 or newer\. To install it: /,
  );
  assert.ok(stderr.endsWith(" nodejs\n"), stderr);
  assert.is(examine(machine(TOOLS), { env: { NO_INSTALL: "1" } }).stderr, "");
});

for (const [release, packages] of [
  ["bookworm", "rustc-web cargo-web gcc"],
  ["trixie", "rustc cargo gcc"],
  ["noble", "rustc-1.85 cargo-1.85 gcc"],
  ["mint", "rustc-1.85 cargo-1.85 gcc"],
  ["fedora", "dnf install nodejs"],
] as const) {
  test(`the packages are those of ${release}`, () => {
    const { stderr } = examine(machine({ "bin/make": TOOLS["bin/make"] ?? "" }), {
      release,
      env: { NO_INSTALL: "1" },
    });
    assert.match(stderr.replace("ca-certificates ", ""), packages);
  });
}

test("another distribution is told in plain words what is missing", () => {
  const bare = machine({});
  const { status, stderr } = examine(bare, { release: "other" });
  assert.is(status, 1);
  assert.match(stderr, "missing: make, ");
  assert.match(stderr, "Install these");
  assert.equal(bare.log(), []);
});

test("the tests need more than the build, unless SKIP_MISSING=1", () => {
  const built = machine(TOOLS);
  const { status, stderr } = examine(built, { purpose: "test", env: { NO_INSTALL: "1" } });
  assert.is(status, 1);
  assert.match(stderr, / redis-server sqlite3\nSKIP_MISSING=1 leaves out the tests that need more/);
  assert.is(examine(built, { purpose: "test", env: { SKIP_MISSING: "1" } }).status, 0);
});

test("a version of Rust in a directory of its own is found where that in PATH is too old", () => {
  const cargo = (version: string) => says(`"cargo ${version} (0000000 2025-01-01)"`);
  const files = {
    ...TOOLS,
    "bin/cargo": cargo("1.75.0"),
    "lib/rust-1.80/bin/cargo": cargo("1.80.0"),
    "lib/rust-1.85/bin/cargo": cargo("1.85.0"),
  };
  const old = machine(files);
  const env = { RUST_DIRECTORIES: join(old.directory, "lib"), NO_INSTALL: "1" };
  assert.is(examine(old, { env }).stderr, "");
  const link = join(old.directory, "build/out/rust");
  assert.is(readlinkSync(link), join(old.directory, "lib/rust-1.85/bin"));
  // And it is gone where there is a newer one in PATH.
  const current = machine({ ...files, "bin/cargo": cargo("1.95.0") });
  mkdirSync(join(current.directory, "build/out"));
  symlinkSync("/nowhere", join(current.directory, "build/out/rust"));
  assert.is(examine(current, { env }).status, 0);
  assert.not.ok(existsSync(join(current.directory, "build/out/rust")));
});

test("a purpose that there is not is refused", () => {
  assert.is(examine(machine(TOOLS), { purpose: "tests" }).status, 2);
});

test.run();
