/**
 * The two commands of README.md in a Debian that has nothing but git and make: what they say, what they install, and that they
 * come to their end.
 *
 * BARE_SUITE is the release that is tried. BARE_ROOT names a directory in which the system is kept for the next run, as it is before
 * anything is installed.
 */

import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import * as assert from "uvu/assert";
import { need } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";

const SUITE = process.env["BARE_SUITE"] ?? "bookworm";
const KEPT = process.env["BARE_ROOT"];
const CLONE = "/home/clone";
const SEARCH_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** How this machine reaches the registries: certificates of its own, proxies, mirrors. The clients in there need the same. */
const CLIENT_VARIABLES =
  /^(npm_config_|cargo_(http|net|registr|source))|(_proxy|cert|certs|cert_file|cert_dir|cainfo)$/i;
const CLIENT_FILES = [join(homedir(), ".npmrc"), join(homedir(), ".cargo/config.toml"), "/etc/resolv.conf"];
const CLIENT_FOLDERS = ["/usr/local/share/ca-certificates", "/etc/apt/apt.conf.d", "/etc/apt/auth.conf.d"];

interface Outcome {
  readonly status: number | null;
  /** Standard output and error in the order in which they were written. */
  readonly output: string;
}

function sh(script: string, ...args: readonly string[]): Outcome {
  const { status, stdout } = spawnSync("sh", ["-c", `{ ${script}\n} 2>&1`, "sh", ...args], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return { status, output: stdout };
}

function done({ status, output }: Outcome): string {
  assert.is(status, 0, output);
  return output;
}

/** The mirror that this machine's own apt uses, where it is a Debian. */
function mirror(): string {
  const { output } = sh("apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages'");
  return /^Debian (\S+)$/m.exec(output)?.[1] ?? "";
}

/** A system with what every Debian has, git and make. */
function install(directory: string): void {
  // Under another name until it is whole.
  const unfinished = `${directory}.unfinished`;
  rmSync(unfinished, { recursive: true, force: true });
  done(sh('debootstrap --variant=minbase --include=git,make "$1" "$2" $3', SUITE, unfinished, mirror()));
  renameSync(unfinished, directory);
}

function handOverClient(root: string): void {
  for (const file of CLIENT_FILES) {
    if (existsSync(file)) {
      const copy = join(root, file.startsWith(homedir()) ? file.replace(homedir(), "/root") : file);
      mkdirSync(dirname(copy), { recursive: true });
      cpSync(file, copy, { dereference: true });
    }
  }
  for (const folder of CLIENT_FOLDERS) {
    for (const file of existsSync(folder) ? readdirSync(folder) : []) {
      mkdirSync(join(root, folder), { recursive: true });
      cpSync(join(folder, file), join(root, folder, file), { dereference: true, recursive: true });
    }
  }
}

class Root {
  constructor(private readonly directory: string) {}

  /** Runs a script in the clone, with mounts and processes of its own, of which nothing is left. */
  run(script: string, user: readonly string[] = []): Outcome {
    const variables = Object.entries(process.env).filter(([name]) => CLIENT_VARIABLES.test(name));
    const env = [
      ...variables.map(([name, value]) => `${name}=${value}`),
      `PATH=${SEARCH_PATH}`,
      "HOME=/root",
      "LC_ALL=C",
    ];
    return sh(
      `root=$1; shift; exec unshare --mount --pid --fork --kill-child sh -c '
        mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec env -i "$@"' "$root" "$@" </dev/null`,
      this.directory,
      ...env,
      "chroot",
      this.directory,
      ...user,
      "sh",
      "-c",
      `cd ${CLONE} && ${script}`,
    );
  }
}

function lack(): string | undefined {
  if (process.getuid?.() !== 0) {
    return "debootstrap has to be run by root";
  }
  return sh("command -v debootstrap").status === 0 ? undefined : "debootstrap is not installed";
}

const ORDINARY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const missing = lack();

if (missing !== undefined && process.env["SKIP_INTEGRATION"] === "1") {
  testWith(need(`a bare Debian: ${missing}`, () => false))(`a bare Debian (${SUITE})`, () => {});
} else if (missing !== undefined) {
  test(`a bare Debian (${SUITE}) can be made`, () => assert.unreachable(missing));
} else {
  const directory = mkdtempSync("/var/tmp/seccomp-exec-bare-");
  const remove = () => rmSync(directory, { recursive: true, force: true });
  // After a failure that no hook of the tests sees, too.
  process.once("exit", remove);
  test.after(remove);
  const root = new Root(join(directory, "root"));

  test(`a bare Debian (${SUITE}) with git and make, and a clone`, () => {
    const kept = KEPT === undefined ? join(directory, "base") : join(KEPT, SUITE);
    if (!existsSync(kept)) {
      mkdirSync(dirname(kept), { recursive: true });
      install(kept);
    }
    // With its owners, modes and links.
    done(sh('cp -a "$1" "$2"', kept, join(directory, "root")));
    handOverClient(join(directory, "root"));
    const clone = join(directory, "root", CLONE);
    mkdirSync(clone);
    done(
      sh('git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$1"', clone),
    );
  });

  test("an ordinary user gets one line that says what to run", () => {
    const { status, output } = root.run("make demo", ORDINARY);
    assert.is.not(status, 0);
    const [line = "", ...rest] = output.trimEnd().split("\n");
    assert.match(line, /^missing: .*nodejs/);
    assert.match(rest.join("\n"), /^make: \*\*\* .*doctor/);
  });

  test("with NO_INSTALL=1 root gets that line as well", () => {
    const { status, output } = root.run("NO_INSTALL=1 make test");
    assert.is.not(status, 0);
    assert.match(
      output,
      /^missing: .*To install it: apt-get update && apt-get install .*redis-server.*\nSKIP_MISSING=1 .*\nmake: /,
    );
  });

  test("make demo installs, builds and shows, a line a step", () => {
    const output = done(root.run("make demo"));
    const steps = output.split("\n\n")[0]?.split("\n") ?? [];
    assert.match(steps[0] ?? "", /^installing .*nodejs npm/);
    assert.ok(steps.length < 10 && steps.every((step) => /^[a-z]+ing [^:]*$/.test(step)), steps.join("\n"));
    assert.match(output, "mkfifo: cannot create fifo 'another': Operation not permitted");
  });

  test("make test installs what the tests need, and runs them", () => {
    const output = done(root.run('make test SUITES="units arrow golden schemas"'));
    assert.match(output, /^installing .*strace valgrind .*redis-server/);
    assert.match(output, /\n[1-9]\d* passed, 0 failed(, \d+ skipped)?\n$/);
  });

  test("the next make demo has nothing to say but what it shows", () => {
    assert.match(done(root.run("make demo", [])), /^\n# A command under/);
  });
}

test.run();
