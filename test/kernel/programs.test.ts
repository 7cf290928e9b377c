/**
 * Real programs start and do their work under the shipped profiles: as root with every capability, as root with
 * those of a plain container, and as another user.
 */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { IS_ROOT, program as installed } from "../support/running/needs.ts";
import { PATIENCE_MS } from "../support/running/patience.ts";
import { NO_SETTINGS } from "../support/running/settings.ts";
import { test, testWith } from "../support/running/test.ts";
import { type Caller, callers, userCaller } from "./programs/caller.ts";
import { assertConfined, fetchPage, freePort, pause, Sandbox } from "./programs/sandbox.ts";

interface Program {
  readonly name: string;
  /** What it needs, in PATH or as paths. */
  readonly commands: readonly string[];
  /** The Debian package that has them; see build/packages.txt. */
  readonly debianPackage: string;
  /** Left out: only the default profile. */
  readonly profiles?: readonly string[];
  /** The only user that it runs as where root runs the tests. */
  readonly user?: string;
  work(sandbox: Sandbox): Promise<void>;
}

const bash: Program = {
  name: "bash",
  commands: ["bash"],
  debianPackage: "bash",
  async work(sandbox) {
    assert.is(await sandbox.run("bash", sandbox.fixture("work.sh")), "done\n");
  },
};

const python: Program = {
  name: "python3",
  commands: ["python3"],
  debianPackage: "python3",
  async work(sandbox) {
    assert.is(await sandbox.run("python3", sandbox.fixture("work.py")), "3\n");
  },
};

const node: Program = {
  name: "node",
  commands: [process.execPath],
  debianPackage: "nodejs",
  async work(sandbox) {
    assert.is(await sandbox.run(process.execPath, sandbox.fixture("work.mjs")), "true 42 child page\n");
  },
};

const git: Program = {
  name: "git",
  commands: ["git"],
  debianPackage: "git",
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
  commands: ["java", "javac"],
  debianPackage: "default-jdk-headless",
  async work(sandbox) {
    const source = sandbox.fixture("Hello.java");
    assert.is(await sandbox.run("java", "-XX:TieredStopAtLevel=1", source), "true hello\n");
  },
};

const sqlite: Program = {
  name: "sqlite3",
  commands: ["sqlite3"],
  debianPackage: "sqlite3",
  async work(sandbox) {
    const sql =
      "pragma journal_mode=wal; create table t (a); insert into t values (1), (2); select sum(a) from t";
    assert.is(await sandbox.run("sqlite3", "work.db", sql), "wal\n3\n");
  },
};

const redis: Program = {
  name: "redis-server",
  commands: ["redis-server", "redis-cli"],
  debianPackage: "redis-server",
  profiles: ["builtin:default.json", "builtin:strict.json"],
  async work(sandbox) {
    const { directory } = sandbox;
    const port = String(await freePort());
    const ask = (...words: string[]) => sandbox.run("redis-cli", "-p", port, ...words);
    const options = ["--bind", "127.0.0.1", "--port", port, "--dir", directory, "--save", ""];
    await sandbox.serve(async () => (await ask("PING")) === "PONG\n", "redis-server", ...options);
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
    await ask("SHUTDOWN", "NOSAVE");
    await sandbox.serverEnds();
  },
};

const nginx: Program = {
  name: "nginx",
  commands: ["nginx"],
  debianPackage: "nginx-light",
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
    const children = () => readFileSync(`/proc/${master}/task/${master}/children`, "utf8").trim().split(" ");
    // The first may answer before there is a second.
    const deadline = Date.now() + PATIENCE_MS;
    while (children().length < 2 && Date.now() < deadline) {
      await pause(20);
    }
    const workers = children();
    assert.is(workers.length, 2);
    for (const worker of workers) {
      assertConfined(Number(worker));
    }
    await sandbox.run("nginx", ...options, "-s", "quit");
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

const postgres: Program = {
  name: "postgres",
  commands: ["initdb", "postgres", "psql"].map((command) => postgresPrograms() + command),
  debianPackage: "postgresql",
  user: "postgres",
  async work(sandbox) {
    const [initdb = "", server = "", psql = ""] = this.commands;
    const { directory } = sandbox;
    const data = join(directory, "data");
    await sandbox.run(initdb, "-D", data, "-U", "postgres", "--auth=trust", "--no-sync", "--no-instructions");
    const port = String(await freePort());
    const query = (sql: string) =>
      sandbox.run(psql, "-h", "127.0.0.1", "-p", port, "-U", "postgres", "-XqAt", "-c", sql);
    const options = ["-D", data, "-h", "127.0.0.1", "-p", port, "-k", directory];
    await sandbox.serve(async () => (await query("select 1")) === "1\n", server, ...options);
    await query("create table t (a int); insert into t select generate_series(1, 1000); checkpoint");
    assert.is(await query("select sum(a) from t"), "500500\n");
    // Its fast shutdown.
    await sandbox.serverEnds("SIGINT");
  },
};

function callersOf(program: Program): readonly Caller[] {
  // The package of a server brings its user.
  const own = program.user === undefined || !IS_ROOT ? undefined : userCaller(program.user);
  return own === undefined ? callers() : [own];
}

function addTests(program: Program): void {
  const withProgram = testWith(
    NO_SETTINGS,
    ...program.commands.map((command) => installed(command, program.debianPackage)),
  );
  for (const profile of program.profiles ?? ["builtin:default.json"]) {
    for (const caller of callersOf(program)) {
      withProgram(`${program.name} works under ${profile} as ${caller.name}`, async () => {
        const sandbox = new Sandbox(caller, profile);
        try {
          await program.work(sandbox);
        } finally {
          await sandbox.close();
        }
      });
    }
  }
}

[bash, python, node, git, java, sqlite, redis, nginx, postgres].forEach(addTests);

test.run();
