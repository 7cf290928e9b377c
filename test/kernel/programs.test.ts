/**
 * Real programs start and do their work under the shipped profiles: as root with every capability, as root with
 * those of a plain container, and as another user.
 */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";

const LAUNCHER =
  process.env["SECCOMP_EXEC"] ?? fileURLToPath(new URL("../../build/out/seccomp-exec", import.meta.url));
const SKIP_MISSING = process.env["SECCOMP_EXEC_SKIP_PROGRAMS"] === "1";
/** No program here needs a tenth of it. */
const PATIENCE_MS = 30_000;

// --- Who starts a program

interface Caller {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** What makes a process of the test's own user into this caller, in front of the launcher. */
  readonly prefix: readonly string[];
}

/** What Docker leaves to root in a container that asks for nothing. */
const CONTAINER_CAPS =
  "audit_write chown dac_override fowner fsetid kill mknod net_bind_service net_raw setfcap setgid setpcap setuid sys_chroot";

const uid = process.getuid?.() ?? 0;
const gid = process.getgid?.() ?? 0;

function userCaller(name: string): Caller | undefined {
  const entry = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((line) => line.split(":"));
  const found = entry.find((fields) => fields[0] === name);
  if (found === undefined) {
    return undefined;
  }
  const [ids, groups] = [Number(found[2]), Number(found[3])];
  return {
    name,
    uid: ids,
    gid: groups,
    prefix: ["setpriv", `--reuid=${ids}`, `--regid=${groups}`, "--clear-groups", "--"],
  };
}

function callers(): Caller[] {
  if (uid !== 0) {
    return [{ name: "this user", uid, gid, prefix: [] }];
  }
  const bounding = CONTAINER_CAPS.split(" ")
    .map((cap) => `,+${cap}`)
    .join("");
  return [
    { name: "root", uid, gid, prefix: [] },
    { name: "root of a container", uid, gid, prefix: ["setpriv", `--bounding-set=-all${bounding}`, "--"] },
    ...[userCaller("nobody")].filter((caller) => caller !== undefined),
  ];
}

// --- How a program is run

/** A program under a profile, started by a caller in a directory that is the caller's own. */
class Sandbox {
  readonly dir = mkdtempSync(join(tmpdir(), "seccomp-exec-programs-"));
  private readonly servers: ChildProcess[] = [];

  constructor(
    private readonly caller: Caller,
    private readonly profile: string,
  ) {
    chmodSync(this.dir, 0o700);
    chownSync(this.dir, caller.uid, caller.gid);
  }

  /** Whether the caller is root, who can start what drops its privileges later. */
  get asRoot(): boolean {
    return this.caller.uid === 0;
  }

  /** Writes a file that the program is to read; returns its path. */
  file(name: string, text: string): string {
    const path = join(this.dir, name);
    writeFileSync(path, text);
    chownSync(path, this.caller.uid, this.caller.gid);
    return path;
  }

  /** Runs a command to its end and returns what it printed; any status but 0 is a failure of the test. */
  run(command: string, ...args: string[]): Promise<string> {
    const [file, ...rest] = this.commandLine(command, args);
    return new Promise((resolve, reject) => {
      execFile(file, rest, { ...this.options(), timeout: PATIENCE_MS }, (error, stdout, stderr) => {
        if (error === null) {
          resolve(stdout);
        } else {
          reject(new Error(`${command} failed: ${error.message}\n${stdout}${stderr}`));
        }
      });
    });
  }

  /** Starts a server and waits until it answers; it must be confined then. Returns its process id. */
  async serve(ready: () => Promise<boolean>, command: string, ...args: string[]): Promise<number> {
    const [file, ...rest] = this.commandLine(command, args);
    const child = spawn(file, rest, { ...this.options(), stdio: ["ignore", "pipe", "pipe"] });
    this.servers.push(child);
    let output = "";
    child.stdout.on("data", (data) => {
      output += data;
    });
    child.stderr.on("data", (data) => {
      output += data;
    });
    const failure = (why: string): Error => new Error(`${command} ${why}\n${output}`);
    const started = Date.now();
    let problem: Error | undefined;
    child.on("error", (error) => {
      problem = error;
    });
    while (!(await ready().catch(() => false))) {
      if (problem !== undefined) {
        throw problem;
      }
      if (child.exitCode !== null || child.signalCode !== null) {
        throw failure(`ended with ${child.exitCode ?? child.signalCode}`);
      }
      if (Date.now() - started > PATIENCE_MS) {
        throw failure("does not answer");
      }
      await pause(20);
    }
    const pid = child.pid;
    if (pid === undefined) {
      throw failure("has no process id");
    }
    assertConfined(pid);
    return pid;
  }

  /** Waits for the last server to end of itself, with status 0. */
  async ended(): Promise<void> {
    const child = this.servers.at(-1);
    if (child !== undefined) {
      await exit(child);
      assert.is(child.exitCode, 0, `the server ended with ${child.exitCode ?? child.signalCode}`);
    }
  }

  /** Ends what still runs and removes the directory. */
  async close(): Promise<void> {
    for (const child of this.servers) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGTERM");
        const timer = setTimeout(() => child.kill("SIGKILL"), 5000);
        await exit(child);
        clearTimeout(timer);
      }
    }
    rmSync(this.dir, { recursive: true, force: true, maxRetries: 5 });
  }

  private commandLine(command: string, args: readonly string[]): [string, ...string[]] {
    const [first, ...rest] = [
      ...this.caller.prefix,
      LAUNCHER,
      "--profile",
      this.profile,
      "--",
      command,
      ...args,
    ];
    return [first ?? LAUNCHER, ...rest];
  }

  private options(): { cwd: string; env: NodeJS.ProcessEnv } {
    return {
      cwd: this.dir,
      env: { PATH: process.env["PATH"], HOME: this.dir, TMPDIR: this.dir, LC_ALL: "C.UTF-8" },
    };
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function exit(child: ChildProcess): Promise<unknown> {
  return child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once("exit", resolve));
}

/** Seccomp: 2 is a filter (proc(5)). */
function assertConfined(pid: number): void {
  const line = /^Seccomp:\s*(\d)$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  assert.is(line?.[1], "2", `process ${pid} has no filter`);
}

/** A port of 127.0.0.1 that was free a moment ago. */
function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

function fetchPage(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    http
      .get({ host: "127.0.0.1", port, path: "/", agent: false }, (response) => {
        let body = "";
        response.on("data", (data) => {
          body += data;
        });
        response.on("end", () => resolve(body));
      })
      .on("error", reject);
  });
}

// --- The programs

interface Program {
  readonly name: string;
  /** What it needs in PATH, or as a path. */
  readonly commands: readonly string[];
  /** The Debian package that has them; all are in packages.txt. */
  readonly debianPackage: string;
  readonly profiles?: readonly string[];
  /** The only user to run as, where root starts the test. */
  readonly user?: string;
  work(sandbox: Sandbox): Promise<void>;
}

const bash: Program = {
  name: "bash",
  commands: ["bash"],
  debianPackage: "bash",
  async work(sandbox) {
    const script = `
      set -e
      [[ $(</proc/self/status) == *$'\\nSeccomp:\\t2\\n'* ]]
      seq 3 | while read -r n; do printf '%s' "$n"; done > numbers
      sleep 5 & job=$!; kill "$job"; ! wait "$job" 2>/dev/null
      diff <(cat numbers) - <<< "$(printf '%s' 123)"
      trap 'echo done' EXIT
      (exit 0)`;
    assert.is(
      await sandbox.run(
        "bash",
        "-c",
        script.replace("diff <(cat numbers) - <<<", "cmp <(cat numbers; echo) - <<<"),
      ),
      "done\n",
    );
  },
};

const python: Program = {
  name: "python3",
  commands: ["python3"],
  debianPackage: "python3",
  async work(sandbox) {
    const script = sandbox.file(
      "work.py",
      `
import errno, multiprocessing, socket, sqlite3, subprocess, threading

assert "\\nSeccomp:\\t2\\n" in open("/proc/self/status").read()
try:
    socket.socket(38, socket.SOCK_SEQPACKET)
    raise SystemExit("AF_ALG is open")
except OSError as error:
    assert error.errno == errno.EPERM, error
results = []
threads = [threading.Thread(target=lambda n=n: results.append(n * n)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
assert sorted(results) == [0, 1, 4, 9]
assert subprocess.run(["cat"], input=b"piped", capture_output=True, check=True).stdout == b"piped"
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
database = sqlite3.connect("work.db")
database.execute("create table t (a)")
database.executemany("insert into t values (?)", [(1,), (2,)])
database.commit()
print(database.execute("select sum(a) from t").fetchone()[0])
`,
    );
    assert.is(await sandbox.run("python3", script), "3\n");
  },
};

const node: Program = {
  name: "node",
  commands: [process.execPath],
  debianPackage: "nodejs",
  async work(sandbox) {
    const script = sandbox.file(
      "work.mjs",
      `
import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { Worker } from "node:worker_threads";

const status = await readFile("/proc/self/status", "utf8");
const inWorker = await new Promise((resolve, reject) => {
  const worker = new Worker("require('worker_threads').parentPort.postMessage(6 * 7)", { eval: true });
  worker.on("message", resolve).on("error", reject);
});
const child = execFileSync("echo", ["child"], { encoding: "utf8" }).trim();
const server = http.createServer((request, response) => response.end("page"));
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const page = await (await fetch("http://127.0.0.1:" + server.address().port)).text();
server.close();
console.log(/^Seccomp:\\s*2$/m.test(status), inWorker, child, page);
`,
    );
    assert.is(await sandbox.run(process.execPath, script), "true 42 child page\n");
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
    await sandbox.run("git", "clone", "--quiet", `file://${sandbox.dir}/origin`, "clone");
    assert.is(await sandbox.run("git", "-C", "clone", "log", "--format=%s"), "first\n");
    assert.is(readFileSync(join(sandbox.dir, "clone/file"), "utf8"), "content\n");
  },
};

const java: Program = {
  name: "java",
  commands: ["java", "javac"],
  debianPackage: "default-jdk-headless",
  async work(sandbox) {
    const source = sandbox.file(
      "Hello.java",
      `
import java.net.*;
import java.nio.file.*;
public class Hello {
  public static void main(String[] args) throws Exception {
    boolean confined = Files.readString(Path.of("/proc/self/status")).contains("\\nSeccomp:\\t2\\n");
    try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Thread thread = new Thread(() -> {
        try (Socket peer = server.accept()) {
          peer.getOutputStream().write("hello".getBytes());
        } catch (java.io.IOException e) {
          e.printStackTrace();
        }
      });
      thread.start();
      try (Socket client = new Socket(server.getInetAddress(), server.getLocalPort())) {
        System.out.println(confined + " " + new String(client.getInputStream().readAllBytes()));
      }
      thread.join();
    }
  }
}
`,
    );
    assert.is(await sandbox.run("java", "-XX:TieredStopAtLevel=1", source), "true hello\n");
  },
};

const sqlite: Program = {
  name: "sqlite3",
  commands: ["sqlite3"],
  debianPackage: "sqlite3",
  async work(sandbox) {
    const statements =
      "pragma journal_mode=wal; create table t (a); insert into t values (1), (2); select sum(a) from t;";
    assert.is(await sandbox.run("sqlite3", "work.db", statements), "wal\n3\n");
  },
};

const redis: Program = {
  name: "redis-server",
  commands: ["redis-server", "redis-cli"],
  debianPackage: "redis-server",
  profiles: ["builtin:default.json", "builtin:strict.json"],
  async work(sandbox) {
    const port = String(await freePort());
    const cli = (...args: string[]) => sandbox.run("redis-cli", "-p", port, ...args);
    const answers = async () => (await cli("PING")) === "PONG\n";
    await sandbox.serve(
      answers,
      "redis-server",
      "--bind",
      "127.0.0.1",
      "--port",
      port,
      "--dir",
      sandbox.dir,
      "--save",
      "",
    );
    assert.is(await cli("SET", "key", "value"), "OK\n");
    assert.is(await cli("GET", "key"), "value\n");
    assert.is(await cli("SAVE"), "OK\n");
    assert.ok(readFileSync(join(sandbox.dir, "dump.rdb"), "latin1").startsWith("REDIS"));
    // The same again from a forked child.
    await cli("BGSAVE");
    while (/rdb_bgsave_in_progress:1/.test(await cli("INFO", "persistence"))) {
      await pause(20);
    }
    assert.match(await cli("INFO", "persistence"), "rdb_last_bgsave_status:ok");
    await cli("SHUTDOWN", "NOSAVE");
    await sandbox.ended();
  },
};

const nginx: Program = {
  name: "nginx",
  commands: ["nginx"],
  debianPackage: "nginx-light",
  profiles: ["builtin:default.json", "builtin:strict.json"],
  async work(sandbox) {
    const port = await freePort();
    const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
      (kind) => `${kind}_temp_path ${kind};`,
    );
    // Workers of root's nginx run as another user, who must come to the page.
    chmodSync(sandbox.dir, 0o755);
    sandbox.file("index.html", "a page\n");
    const config = sandbox.file(
      "nginx.conf",
      `
      daemon off;
      pid nginx.pid;
      error_log stderr;
      worker_processes 2;
      ${sandbox.asRoot ? "user nobody nogroup;" : ""}
      events { }
      http {
        access_log off;
        sendfile on;
        ${temporary.join(" ")}
        server { listen 127.0.0.1:${port}; root ${sandbox.dir}; }
      }`,
    );
    const answers = async () => (await fetchPage(port)) === "a page\n";
    const master = await sandbox.serve(answers, "nginx", "-p", sandbox.dir, "-c", config, "-e", "stderr");
    const workers = readFileSync(`/proc/${master}/task/${master}/children`, "utf8")
      .trim()
      .split(" ")
      .map(Number);
    assert.is(workers.length, 2);
    workers.forEach(assertConfined);
    await sandbox.run("nginx", "-p", sandbox.dir, "-c", config, "-e", "stderr", "-s", "quit");
    await sandbox.ended();
  },
};

/** Debian keeps the server's programs out of PATH. */
function postgresBin(): string {
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
  commands: ["initdb", "postgres", "psql"].map((command) => postgresBin() + command),
  debianPackage: "postgresql",
  user: "postgres",
  async work(sandbox) {
    const bin = postgresBin();
    const data = join(sandbox.dir, "data");
    await sandbox.run(
      `${bin}initdb`,
      "-D",
      data,
      "-U",
      "postgres",
      "--auth=trust",
      "--no-sync",
      "--no-instructions",
    );
    const port = String(await freePort());
    const query = (sql: string) =>
      sandbox.run(
        `${bin}psql`,
        "-h",
        "127.0.0.1",
        "-p",
        port,
        "-U",
        "postgres",
        "-X",
        "-q",
        "-A",
        "-t",
        "-c",
        sql,
      );
    const answers = async () => (await query("select 1")) === "1\n";
    const server = ["-D", data, "-h", "127.0.0.1", "-p", port, "-k", sandbox.dir];
    const pid = await sandbox.serve(answers, `${bin}postgres`, ...server);
    await query("create table t (a int); insert into t select generate_series(1, 1000); checkpoint");
    assert.is(await query("select sum(a) from t"), "500500\n");
    // A fast shutdown.
    process.kill(pid, "SIGINT");
    await sandbox.ended();
  },
};

// --- The tests

function installed(command: string): boolean {
  const places = command.includes("/")
    ? [command]
    : (process.env["PATH"] ?? "").split(delimiter).map((dir) => join(dir, command));
  return places.some((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

for (const program of [bash, python, node, git, java, sqlite, redis, nginx, postgres]) {
  const missing = program.commands.filter((command) => !installed(command));
  if (missing.length > 0) {
    const message = `${program.name}: ${missing.join(", ")} not found; install the Debian package ${program.debianPackage}`;
    if (SKIP_MISSING) {
      console.log(`skipped: ${message}`);
      test.skip(program.name);
    } else {
      test(program.name, () => assert.unreachable(message));
    }
    continue;
  }
  const only = program.user === undefined || uid !== 0 ? undefined : userCaller(program.user);
  for (const profile of program.profiles ?? ["builtin:default.json"]) {
    for (const caller of only === undefined ? callers() : [only]) {
      test(`${program.name} works under ${profile} as ${caller.name}`, async () => {
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

test.run();
