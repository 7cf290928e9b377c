/**
 * Real programs, and the work that each does by the launcher.
 */

import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import * as assert from "uvu/assert";
import { compileC, compileGo, compileMuslC } from "../../support/programs/native.ts";
import { IS_ROOT, program as installed, type Need, need } from "../../support/running/needs.ts";
import { PATIENCE_MS } from "../../support/running/patience.ts";
import { NO_SETTINGS } from "../../support/running/settings.ts";
import { type Caller, callers, userCaller } from "./caller.ts";
import {
  assertConfined,
  childrenOf,
  fetchPage,
  freePort,
  isListening,
  pause,
  type Sandbox,
} from "./sandbox.ts";

export interface Program {
  readonly name: string;
  readonly needs: readonly Need[];
  /** The shipped profiles under which it does its work. Left out: only the default profile. */
  readonly profiles?: readonly string[];
  /** The shipped profiles under which it cannot do its work. */
  readonly unfit?: readonly string[];
  /** Whether only `make test-all` runs it. */
  readonly isSlow?: boolean;
  /** The only user that it runs as where root runs the tests. */
  readonly user?: string;
  /** Fails unless all commands print what they must, with the status that they must have. */
  work(sandbox: Sandbox): Promise<void>;
}

const bash: Program = {
  name: "bash",
  needs: [installed("bash", "bash")],
  async work(sandbox) {
    assert.is(await sandbox.run("bash", sandbox.fixture("work.sh")), "done\n");
  },
};

const python: Program = {
  name: "python3",
  needs: [installed("python3", "python3")],
  async work(sandbox) {
    assert.is(
      await sandbox.run("python3", sandbox.fixture("work.py"), ...(sandbox.isShipped ? ["no AF_ALG"] : [])),
      "3\n",
    );
  },
};

const node: Program = {
  name: "node",
  needs: [],
  async work(sandbox) {
    assert.is(await sandbox.run(process.execPath, sandbox.fixture("work.mjs")), "true 42 child page\n");
  },
};

const git: Program = {
  name: "git",
  needs: [installed("git", "git")],
  async work(sandbox) {
    const author = ["-c", "user.name=Test", "-c", "user.email=test@localhost"];
    await sandbox.run("git", "init", "--quiet", "origin");
    sandbox.file("origin/file", "content\n");
    await sandbox.run("git", "-C", "origin", "add", "file");
    await sandbox.run("git", "-C", "origin", ...author, "commit", "--quiet", "-m", "first");
    // A URL, not a path: then both ends of the protocol run.
    await sandbox.run("git", "clone", "--quiet", `file://${sandbox.directory}/origin`, "clone");
    assert.is(await sandbox.run("git", "-C", "clone", "log", "--format=%s"), "first\n");
    assert.is(readFileSync(join(sandbox.directory, "clone/file"), "utf8"), "content\n");
  },
};

const java: Program = {
  name: "java",
  needs: [installed("java", "default-jdk-headless"), installed("javac", "default-jdk-headless")],
  async work(sandbox) {
    const source = sandbox.fixture("Hello.java");
    assert.is(await sandbox.run("java", "-XX:TieredStopAtLevel=1", source), "true hello\n");
  },
};

const sqlite: Program = {
  name: "sqlite3",
  needs: [installed("sqlite3", "sqlite3")],
  async work(sandbox) {
    const sql =
      "pragma journal_mode=wal; create table t (a); insert into t values (1), (2); select sum(a) from t";
    assert.is(await sandbox.run("sqlite3", "work.db", sql), "wal\n3\n");
  },
};

const redis: Program = {
  name: "redis-server",
  needs: ["redis-server", "redis-cli", "redis-benchmark"].map((name) => installed(name, "redis-server")),
  profiles: ["builtin:default.json", "builtin:strict.json"],
  async work(sandbox) {
    const { directory } = sandbox;
    const port = String(await freePort());
    const ask = (...words: string[]) => sandbox.ask("redis-cli", "-p", port, ...words);
    const options = ["--bind", "127.0.0.1", "--port", port, "--dir", directory, "--save", ""];
    await sandbox.serve(() => isListening(Number(port)), "redis-server", ...options);
    assert.is(await ask("PING"), "PONG\n");
    assert.is(await ask("SET", "key", "value"), "OK\n");
    assert.is(await ask("GET", "key"), "value\n");
    assert.is(await ask("SAVE"), "OK\n");
    assert.ok(readFileSync(join(directory, "dump.rdb"), "latin1").startsWith("REDIS"));
    // The same again from a forked child.
    await ask("BGSAVE");
    while ((await ask("INFO", "persistence")).includes("rdb_bgsave_in_progress:1")) {
      await pause(20);
    }
    assert.match(await ask("INFO", "persistence"), "rdb_last_bgsave_status:ok");
    const load = ["-p", port, "-n", "500", "-c", "20", "-q", "-t", "set,get,lpush,lrange_100"];
    await sandbox.ask("redis-benchmark", ...load);
    assert.match(await ask("INFO", "stats"), "total_error_replies:0");
    await ask("SHUTDOWN", "NOSAVE");
    await sandbox.serverEnds();
  },
};

const nginx: Program = {
  name: "nginx",
  needs: [installed("nginx", "nginx-light")],
  profiles: ["builtin:default.json", "builtin:strict.json"],
  async work(sandbox) {
    const { directory } = sandbox;
    const port = await freePort();
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
    sandbox.openToOthers();
    sandbox.file("index.html", "a page\n");
    const config = sandbox.file(
      "nginx.conf",
      `daemon off;
      pid nginx.pid;
      worker_processes 2;
      ${sandbox.isRoot ? "user nobody nogroup;" : ""}
      events { }
      http {
        access_log off;
        sendfile on;
        ${temporary.map((kind) => `${kind}_temp_path ${kind};`).join(" ")}
        server { listen 127.0.0.1:${port}; root ${directory}; }
      }`,
    );
    const options = ["-p", directory, "-c", config, "-e", "stderr"];
    const answers = async () => (await fetchPage(port)) === "a page\n";
    const master = await sandbox.serve(answers, "nginx", ...options);
    const children = () => childrenOf(master);
    // The first may answer before there is a second.
    const deadline = Date.now() + PATIENCE_MS;
    while (children().length < 2 && Date.now() < deadline) {
      await pause(20);
    }
    const workers = children();
    assert.is(workers.length, 2);
    for (const worker of workers) {
      assertConfined(worker);
    }
    const pages = await Promise.all(Array.from({ length: 200 }, () => fetchPage(port)));
    assert.equal([...new Set(pages)], ["a page\n"]);
    await sandbox.ask("nginx", ...options, "-s", "quit");
    await sandbox.serverEnds();
  },
};

/** Debian keeps the server's programs out of PATH: the folder of the newest version, with a slash, or "". */
function postgresPrograms(): string {
  const versions = "/usr/lib/postgresql";
  try {
    const newest = readdirSync(versions).sort((a, b) => Number(b) - Number(a))[0] ?? "";
    return join(versions, newest, "bin/");
  } catch {
    return "";
  }
}

const POSTGRES = ["initdb", "postgres", "psql"].map((command) => postgresPrograms() + command);

const postgres: Program = {
  name: "postgres",
  needs: POSTGRES.map((path) => installed(path, "postgresql")),
  unfit: ["builtin:strict.json"],
  user: "postgres",
  async work(sandbox) {
    const [initdb = "", server = "", psql = ""] = POSTGRES;
    const { directory } = sandbox;
    const data = join(directory, "data");
    await sandbox.run(initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions");
    const port = String(await freePort());
    const query = (sql: string) =>
      sandbox.ask(psql, "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-XqAt", "-c", sql);
    const options = ["-D", data, "-h", "127.0.0.1", "-p", port, "-k", directory];
    await sandbox.serve(async () => (await query("select 1")) === "1\n", server, ...options);
    await query("create table t (a int); insert into t select generate_series(1, 1000); checkpoint");
    assert.is(await query("select sum(a) from t"), "500500\n");
    // Its fast shutdown.
    await sandbox.serverEnds("SIGINT");
  },
};

const terminal: Program = {
  name: "bash under a terminal",
  needs: [installed("bash", "bash"), installed("python3", "python3")],
  async work(sandbox) {
    const shown = await sandbox.talk(
      [
        // Each prompt is shown, so that nothing is typed before its time.
        ["PS1=; PROMPT_COMMAND='echo ready'\n", "ready\n"],
        ["cat\n", ""],
        ["typed\n", "typed\n"],
        // CTRL-Z, and the end of a file.
        ["\x1a", "ready\n"],
        ["jobs\n", "cat\nready\n"],
        ["fg\n", "cat\n"],
        ["typed again\n", "typed again\n"],
        ["\x04", "ready\n"],
        ["echo cat $?\n", "cat 0\nready\n"],
        // CTRL-C. Neither of the two that are killed makes a call that an earlier death would prevent.
        ["sh -c 'echo here; while :; do :; done'\n", "here\n"],
        ["\x03", "ready\n"],
        ["echo interrupted $?\n", "interrupted 130\nready\n"],
        ["sh -c 'while :; do :; done' &\n", "ready\n"],
        ["kill %1; wait %1; echo job $?\n", "job 143\nready\n"],
        ["set -o pipefail; seq 9 | (read a; cat; exit 4) | tail -n 1; echo pipe $?\n", "pipe 4\nready\n"],
        ["trap 'echo resized' WINCH; kill -WINCH $$\n", "resized\nready\n"],
        ["exit 3\n", ""],
      ],
      "bash",
      "--norc",
      "--noediting",
      "-i",
    );
    assert.match(shown, /status 3\n$/);
  },
};

const gcc: Program = {
  name: "gcc and make",
  needs: [installed("make", "make"), installed("gcc", "gcc")],
  isSlow: true,
  async work(sandbox) {
    sandbox.fixture("work.c");
    sandbox.file("Makefile", "all: one two\none two: work.c\n\tgcc -O1 -pthread -o $@ $<\n");
    await sandbox.run("make", "-s", "-j2");
    assert.is(await sandbox.run("./two"), WORK_OUTPUT);
  },
};

/** What work.c prints. */
const WORK_OUTPUT = "threads 4, child 7, spawned, socket data, alarm, stopped, listed, done\n";

const WORK_SOURCE = fileURLToPath(new URL("work.c", import.meta.url));

const musl: Program = {
  name: "a program of musl",
  needs: [installed("musl-gcc", "musl-tools")],
  async work(sandbox) {
    assert.is(await sandbox.run(compileMuslC(WORK_SOURCE)), WORK_OUTPUT);
  },
};

const staticGlibc: Program = {
  name: "a static program",
  needs: [],
  async work(sandbox) {
    assert.is(await sandbox.run(compileC(WORK_SOURCE, "-pthread")), WORK_OUTPUT);
  },
};

/** Runs a program for 32-bit x86 that needs no library; undefined where there is no compiler or kernel for it. */
const I386 = need("a compiler and a kernel for 32-bit x86", () => {
  try {
    return spawnSync(i386Program(), { encoding: "utf8" }).stdout === I386_OUTPUT;
  } catch {
    return false;
  }
});

const I386_SOURCE = fileURLToPath(new URL("work-32.c", import.meta.url));
const I386_OUTPUT = "32 bits, socket, child, signal\n";

function i386Program(): string {
  return compileC(
    I386_SOURCE,
    "-m32",
    "-no-pie",
    "-fno-pie",
    "-nostdlib",
    "-ffreestanding",
    "-fno-stack-protector",
  );
}

const i386: Program = {
  name: "a static 32-bit program",
  needs: [I386],
  unfit: ["builtin:strict.json"],
  async work(sandbox) {
    // The shipped profiles tell sockets apart by arguments, which socketcall(2) has in memory.
    const output = sandbox.isShipped ? I386_OUTPUT.replace(", socket", "") : I386_OUTPUT;
    assert.is(await sandbox.run(i386Program()), output);
  },
};

/** Debian's package is larger than all others that the tests need together. */
const GO = need("go", () => spawnSync("go", ["version"], { stdio: "ignore" }).status === 0);

const go: Program = {
  name: "a Go program",
  needs: [GO],
  isSlow: true,
  async work(sandbox) {
    assert.is(
      await sandbox.run(compileGo(fileURLToPath(new URL("work.go", import.meta.url)))),
      "10 child page caught\n",
    );
  },
};

/** Whom a program runs as. */
export function callersOf(program: Program): readonly Caller[] {
  // The package of a server brings its user.
  const own = program.user === undefined || !IS_ROOT ? undefined : userCaller(program.user);
  return own === undefined ? callers() : [own];
}

/** What a test needs that runs the program. */
export function needsOf(program: Program): readonly Need[] {
  return [NO_SETTINGS, ...program.needs];
}

export const PROGRAMS: readonly Program[] = [
  bash,
  terminal,
  python,
  node,
  git,
  java,
  sqlite,
  redis,
  nginx,
  postgres,
  gcc,
  staticGlibc,
  musl,
  i386,
  go,
];
