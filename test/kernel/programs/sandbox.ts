/**
 * Starts programs by the launcher in a directory of their own, and leaves nothing of them behind.
 */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { chmodSync, chownSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import net from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { PROGRAM } from "../../support/programs/program.ts";
import { PATIENCE_MS } from "../../support/running/patience.ts";
import { record } from "../../support/running/runs.ts";
import type { Caller } from "./caller.ts";
import type { Launching } from "./launching.ts";

/** Python as the caller finds it, who may not enter each directory of PATH. */
const PYTHON = ["sh", "-c", 'exec python3 "$@"', "sh"];

export class Sandbox {
  /** The working directory of the programs, and their home; the caller's. */
  readonly directory = mkdtempSync(join(tmpdir(), "seccomp-exec-programs-"));
  /** What the commands printed, one text for each, without what differs between equal runs. */
  readonly transcript: string[] = [];
  private server: ChildProcess | undefined;
  /** The server and all that has its output open have ended. */
  private closed: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly caller: Caller,
    private readonly launching: Launching,
  ) {
    chownSync(this.directory, caller.uid, caller.gid);
  }

  /** Whether one of the shipped profiles is in force. */
  get isShipped(): boolean {
    return this.launching.isShipped;
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
  async run(command: string, ...args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await this.execute(this.commandLine("client", command, args));
    this.transcript.push(this.comparable(`${stdout}\n${stderr}`));
    return stdout;
  }

  /** The same for a command of which each run prints something else. */
  async ask(command: string, ...args: readonly string[]): Promise<string> {
    return (await this.execute(this.commandLine("client", command, args))).stdout;
  }

  /**
   * Runs a command under a terminal of its own, with standard error apart, and talks to it.
   *
   * @param talk what is typed, and what the terminal then shows
   * @returns all that the terminal showed, and a line with the exit status
   */
  async talk(
    talk: readonly (readonly [string, string])[],
    command: string,
    ...args: readonly string[]
  ): Promise<string> {
    const driver = this.fixture("terminal.py");
    const launch = this.launching.commandLine("client", command, args);
    const { become } = this.caller;
    const [file = "", ...rest] = [...become, ...PYTHON, driver, JSON.stringify(talk), ...launch];
    const { stdout } = await this.execute([file, ...rest]);
    this.transcript.push(this.comparable(stdout));
    return stdout;
  }

  private execute([file, ...args]: readonly [string, ...string[]]): Promise<{
    stdout: string;
    stderr: string;
  }> {
    return new Promise((resolve, reject) => {
      const options = { ...this.surroundings(), timeout: PATIENCE_MS };
      const child = execFile(file, args, options, (error, stdout, stderr) => {
        record({
          command: [file, ...args],
          status: child.exitCode,
          signal: child.signalCode,
          stdout,
          stderr,
        });
        if (error === null) {
          resolve({ stdout, stderr });
        } else {
          reject(error);
        }
      });
    });
  }

  /** Waits for the end of a server that has been asked to end, and kills it if it does not. */
  private async endOf(server: ChildProcess): Promise<void> {
    const timer = setTimeout(() => server.kill("SIGKILL"), PATIENCE_MS);
    await this.closed;
    clearTimeout(timer);
  }

  /** Without the launcher's own lines. */
  private comparable(text: string): string {
    return text.replace(/^seccomp-exec: .*\n/gm, "").replaceAll(this.directory, "DIRECTORY");
  }

  /** Starts a server and waits until it answers; by then it must have a filter. Returns its process id. */
  async serve(answers: () => Promise<boolean>, command: string, ...args: readonly string[]): Promise<number> {
    const [file, ...rest] = this.commandLine("server", command, args);
    const server = spawn(file, rest, { ...this.surroundings(), stdio: ["ignore", "pipe", "pipe"] });
    this.server = server;
    this.closed = new Promise((resolve) => server.once("close", resolve));
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
    const [child] = this.launching.isParent ? childrenOf(server.pid ?? 0) : [server.pid];
    assertConfined(child ?? 0);
    return child ?? 0;
  }

  /** Waits for the server to end with status 0, after a signal where one is given. */
  async serverEnds(signal?: NodeJS.Signals): Promise<void> {
    assert.ok(this.server !== undefined);
    if (signal !== undefined) {
      this.server.kill(signal);
    }
    await this.endOf(this.server);
    assert.is(fate(this.server), "status 0");
  }

  /** Ends what still runs and removes the directory. */
  async close(): Promise<void> {
    if (this.server !== undefined) {
      this.server.kill("SIGTERM");
      await this.endOf(this.server);
    }
    rmSync(this.directory, { recursive: true, force: true, maxRetries: 5 });
  }

  private commandLine(
    role: "client" | "server",
    command: string,
    args: readonly string[],
  ): readonly [string, ...string[]] {
    const launch = this.launching.commandLine(role, command, args);
    const [file = "", ...rest] = [...this.caller.become, ...launch];
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

/** Fails unless a filter binds the process: `Seccomp: 2` (proc_pid_status(5)). */
export function assertConfined(pid: number): void {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  assert.is(/^Seccomp:\s*(\d)$/m.exec(status)?.[1], "2", `process ${pid} has no filter`);
}

/** The children of the main thread of a process, without the supervisor of an audit. */
export function childrenOf(pid: number): readonly number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").match(/\d+/g) ?? [];
  return children
    .map(Number)
    .filter((child) => readFileSync(`/proc/${child}/comm`, "utf8") !== `${basename(PROGRAM)}\n`);
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

/** Whether a server takes connections at that port of 127.0.0.1. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(port, "127.0.0.1");
    socket.on("error", () => resolve(false));
    socket.on("connect", () => {
      socket.end();
      resolve(true);
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
