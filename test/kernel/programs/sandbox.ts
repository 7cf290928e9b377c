/**
 * Starts programs under a profile in a directory of their own, and leaves nothing of them behind.
 */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { PROGRAM } from "../../support/programs/program.ts";
import { PATIENCE_MS } from "../../support/running/patience.ts";
import { record } from "../../support/running/runs.ts";
import type { Caller } from "./caller.ts";

export class Sandbox {
  /** The working directory of the programs, and their home; the caller's. */
  readonly directory = mkdtempSync(join(tmpdir(), "seccomp-exec-programs-"));
  private server: ChildProcess | undefined;

  constructor(
    private readonly caller: Caller,
    private readonly profile: string,
  ) {
    chownSync(this.directory, caller.uid, caller.gid);
  }

  get isRoot(): boolean {
    return this.caller.uid === 0;
  }

  /** Lets other users read the directory, for servers that change to one. */
  openToOthers(): void {
    chmodSync(this.directory, 0o755);
  }

  /** Writes a file for the program; returns its path. */
  file(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    chownSync(path, this.caller.uid, this.caller.gid);
    return path;
  }

  /** Copies a file that stands beside this one to where the caller can read it; returns its path. */
  fixture(name: string): string {
    return this.file(name, readFileSync(new URL(name, import.meta.url), "utf8"));
  }

  /** Runs a command to its end; returns what it printed, and rejects where its status is not 0. */
  run(command: string, ...args: readonly string[]): Promise<string> {
    const [file, ...rest] = this.commandLine(command, args);
    return new Promise((resolve, reject) => {
      const child = execFile(
        file,
        rest,
        { ...this.surroundings(), timeout: PATIENCE_MS },
        (error, stdout, stderr) => {
          record({
            command: [file, ...rest],
            status: child.exitCode,
            signal: child.signalCode,
            stdout,
            stderr,
          });
          if (error === null) {
            resolve(stdout);
          } else {
            reject(error);
          }
        },
      );
    });
  }

  /** Starts a server and waits until it answers; by then it must be confined. Returns its process id. */
  async serve(answers: () => Promise<boolean>, command: string, ...args: readonly string[]): Promise<number> {
    const [file, ...rest] = this.commandLine(command, args);
    const server = spawn(file, rest, { ...this.surroundings(), stdio: ["ignore", "pipe", "pipe"] });
    this.server = server;
    let output = "";
    for (const stream of [server.stdout, server.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    server.on("error", (error) => {
      output += error.message;
    });
    const deadline = Date.now() + PATIENCE_MS;
    while (!(await answers().catch(() => false))) {
      if (server.pid === undefined || hasEnded(server) || Date.now() > deadline) {
        throw new Error(`${command} does not answer (${fate(server)})\n${output}`);
      }
      await pause(20);
    }
    const pid = server.pid ?? 0;
    assertConfined(pid);
    return pid;
  }

  /** Waits for the server to end with status 0, after a signal where one is given. */
  async serverEnds(signal?: NodeJS.Signals): Promise<void> {
    assert.ok(this.server !== undefined);
    if (signal !== undefined) {
      this.server.kill(signal);
    }
    await endOf(this.server);
    assert.is(fate(this.server), "status 0");
  }

  /** Ends what still runs and removes the directory. */
  async close(): Promise<void> {
    if (this.server !== undefined) {
      this.server.kill("SIGTERM");
      await endOf(this.server);
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  private commandLine(command: string, args: readonly string[]): [string, ...string[]] {
    const launch = [PROGRAM, "--profile", this.profile, "--", command, ...args];
    const [file = PROGRAM, ...rest] = [...this.caller.become, ...launch];
    return [file, ...rest];
  }

  private surroundings(): { cwd: string; env: NodeJS.ProcessEnv } {
    const env = {
      PATH: process.env["PATH"],
      HOME: this.directory,
      TMPDIR: this.directory,
      LC_ALL: "C.UTF-8",
    };
    return { cwd: this.directory, env };
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function fate(child: ChildProcess): string {
  return child.exitCode === null ? (child.signalCode ?? "running") : `status ${child.exitCode}`;
}

/** Waits for the end of a child that has been asked to end, and kills it if it does not. */
async function endOf(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) {
    return;
  }
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE_MS);
  await new Promise((resolve) => child.once("exit", resolve));
  clearTimeout(timer);
}

/** Fails unless a filter binds the process: `Seccomp: 2` (proc_pid_status(5)). */
export function assertConfined(pid: number): void {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  assert.is(/^Seccomp:\s*(\d)$/m.exec(status)?.[1], "2", `process ${pid} has no filter`);
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** A port of 127.0.0.1 that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

/** What an HTTP server at that port of 127.0.0.1 has at `/`. */
export function fetchPage(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = http.get({ host: "127.0.0.1", port, agent: false }, (response) => {
      let body = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        body += text;
      });
      response.on("end", () => resolve(body));
    });
    request.on("error", reject);
  });
}
