/**
 * A Slurm cluster of one node: real daemons with a configuration, ports and directories of their own.
 */

import { type ChildProcess, spawn } from "node:child_process";
import {
  accessSync,
  chmodSync,
  closeSync,
  constants,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import net from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { directoryOf, type Files } from "../../support/programs/files.ts";
import { type Outcome, type RunOptions, runCommand } from "../../support/programs/program.ts";
import { PATIENCE_MS } from "../../support/running/patience.ts";

/** Where daemons and tasks look for commands; root's own directories may be closed to other users. */
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

const COMMANDS = [
  "slurmctld",
  "slurmd",
  "slurmstepd",
  "srun",
  "sbatch",
  "scontrol",
  "sinfo",
  "squeue",
  "scancel",
];

/** What keeps Slurm from running here, and how to get it; undefined: nothing. */
export function whatSlurmLacks(): string | undefined {
  if (process.getuid?.() !== 0) {
    return "these tests have to run as root: slurmd starts tasks as other users";
  }
  const missing = COMMANDS.filter((command) => !isInPath(command));
  return missing.length === 0
    ? undefined
    : `${missing.join(", ")} not found; on Debian: apt-get install -y --no-install-recommends slurm-wlm`;
}

function isInPath(command: string): boolean {
  return PATH.split(":").some((directory) => {
    try {
      accessSync(join(directory, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** How a cluster differs from a plain one. */
export interface ClusterOptions {
  /** Further lines of slurm.conf. */
  readonly settings?: readonly string[];
  /** Files beside slurm.conf, where plug-ins look for theirs. */
  readonly files?: Files;
  /** What slurmd is run by. */
  readonly before?: readonly string[];
  /** Files that the node has in /etc, beside those of this machine. */
  readonly etc?: Files;
}

/** Who calls, and with what beside PATH in the environment. */
export type Caller = Pick<RunOptions, "uid" | "env">;

/** How a batch job ended. */
export interface JobEnd {
  readonly state: string;
  /** Exit status and signal as Slurm writes them, `0:31`. */
  readonly exitCode: string;
  readonly output: string;
}

/** A controller and a node, and Slurm's commands against them. */
export class Cluster {
  private constructor(
    private readonly directory: string,
    private readonly daemons: readonly ChildProcess[],
  ) {}

  /** Starts the daemons, and waits until the node takes jobs. */
  static async start(options: ClusterOptions = {}): Promise<Cluster> {
    const lack = whatSlurmLacks();
    if (lack !== undefined) {
      throw new Error(lack);
    }
    const directory = directoryOf({
      ...options.files,
      "state/.keep": "",
      "spool/.keep": "",
      "out/.keep": "",
    });
    // Batch jobs write there what they print, whoever's they are.
    chmodSync(join(directory, "out"), 0o1777);
    const lines = [...(await configuration(directory)), ...(options.settings ?? [])];
    writeFileSync(join(directory, "slurm.conf"), `${lines.join("\n")}\n`);
    const etc = options.etc === undefined ? [] : withEtc(directoryOf(options.etc));
    const cluster = new Cluster(directory, [
      daemon(directory, "slurmctld", ["slurmctld", "-D"]),
      daemon(directory, "slurmd", [...etc, ...(options.before ?? []), "slurmd", "-D"]),
    ]);
    try {
      await until("the node is idle", () => cluster.client(["sinfo", "-h", "-o", "%T"]).stdout === "idle\n");
    } catch (error) {
      const logs = cluster.logs();
      await cluster.stop();
      throw new Error(`Slurm does not start: ${(error as Error).message}\n${logs}`);
    }
    return cluster;
  }

  /** Runs `srun` with these arguments, which end with the command. */
  srun(args: readonly string[], caller: Caller = {}): Outcome {
    return this.client(["srun", ...args], caller);
  }

  /** Submits this script and waits for its end. */
  async sbatch(script: string, caller: Caller = {}, ...options: readonly string[]): Promise<JobEnd> {
    const file = join(this.out, "job");
    // Made anew by whoever the next caller is.
    rmSync(file, { force: true });
    const submitted = this.client(["sbatch", "--parsable", "-o", file, ...options], {
      ...caller,
      input: script,
    });
    const id = submitted.stdout.trim();
    if (submitted.status !== 0 || !/^\d+$/.test(id)) {
      throw new Error(`sbatch refused the job: ${submitted.stderr}`);
    }
    const ended = await until(`job ${id} ends`, () => {
      const { stdout } = this.client(["scontrol", "show", "job", "-o", id]);
      const [, state] = /\bJobState=(\w+)/.exec(stdout) ?? [];
      const [, exitCode] = /\bExitCode=(\S+)/.exec(stdout) ?? [];
      const going = state === undefined || ["PENDING", "RUNNING", "COMPLETING"].includes(state);
      return going || exitCode === undefined ? undefined : { state, exitCode };
    });
    return { ...ended, output: readFileSync(file, "utf8") };
  }

  /** Runs one of Slurm's commands against this cluster. */
  client(command: readonly string[], options: Caller & Pick<RunOptions, "input"> = {}): Outcome {
    const env = { PATH, SLURM_CONF: join(this.directory, "slurm.conf"), ...options.env };
    return runCommand(command, { ...options, env, cwd: "/" });
  }

  /** Writes this text to a file that every user may read, and returns its path. */
  file(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
    return path;
  }

  /** A directory that every user may write to. */
  get out(): string {
    return join(this.directory, "out");
  }

  /** The text of slurm.conf. */
  get configuration(): string {
    return readFileSync(join(this.directory, "slurm.conf"), "utf8");
  }

  /** Ends what still runs, then the daemons. */
  async stop(): Promise<void> {
    const [controller, node] = this.daemons;
    if (controller?.exitCode === null && node?.exitCode === null) {
      // The supervisors of steps are no children of slurmd and would outlive it.
      const jobs = (): string[] =>
        this.client(["squeue", "-h", "-o", "%A"]).stdout.split("\n").filter(Boolean);
      const left = jobs();
      if (left.length > 0) {
        this.client(["scancel", ...left]);
        await until("the jobs end", () => jobs().length === 0).catch(() => undefined);
      }
    }
    await Promise.all(this.daemons.map(end));
  }

  private logs(): string {
    return ["slurmctld", "slurmd"]
      .map((name) => `${name}:\n${readFileSync(join(this.directory, `${name}.log`), "utf8")}`)
      .join("\n");
  }
}

async function configuration(directory: string): Promise<string[]> {
  const [name = ""] = hostname().split(".");
  const [controllerPort, nodePort] = await freePorts(2);
  return [
    "ClusterName=test",
    `SlurmctldHost=${name}(127.0.0.1)`,
    `SlurmctldPort=${controllerPort}`,
    `SlurmdPort=${nodePort}`,
    "SlurmUser=root",
    // No munge: whoever calls is believed.
    "AuthType=auth/none",
    "CredType=cred/none",
    "AuthInfo=cred_expire=5",
    `StateSaveLocation=${directory}/state`,
    `SlurmdSpoolDir=${directory}/spool`,
    `SlurmctldPidFile=${directory}/slurmctld.pid`,
    `SlurmdPidFile=${directory}/slurmd.pid`,
    "ProctrackType=proctrack/linuxproc",
    "TaskPlugin=task/none",
    "MpiDefault=none",
    "ReturnToService=2",
    "SchedulerParameters=sched_interval=1",
    // Not on every address of the machine.
    "CommunicationParameters=NoCtldInAddrAny,NoInAddrAny",
    `NodeName=${name} NodeAddr=127.0.0.1 CPUs=1`,
    "PartitionName=test Nodes=ALL Default=YES",
  ];
}

/** What a command is run by so that it sees these files in /etc, above the machine's own. */
function withEtc(directory: string): string[] {
  const script = 'mount -t overlay overlay -o "lowerdir=$1:/etc" /etc && shift && exec "$@"';
  return ["unshare", "--mount", "sh", "-c", script, "sh", directory];
}

function daemon(directory: string, name: string, command: readonly string[]): ChildProcess {
  const log = openSync(join(directory, `${name}.log`), "w");
  // The last resort, for when the tests are killed before they can stop it.
  const child = spawn("setpriv", ["--pdeathsig", "KILL", ...command], {
    env: { PATH, SLURM_CONF: join(directory, "slurm.conf") },
    cwd: "/",
    stdio: ["ignore", log, log],
  });
  closeSync(log);
  return child;
}

async function end(child: ChildProcess): Promise<void> {
  const ended = (): boolean => child.exitCode !== null || child.signalCode !== null;
  if (!ended()) {
    child.kill("SIGTERM");
    await until("a daemon ends", ended).catch(() => child.kill("SIGKILL"));
  }
}

/** Waits until this gives something, and returns it. */
async function until<T>(what: string, look: () => T | false | undefined): Promise<T> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const seen = look();
    if (seen !== false && seen !== undefined) {
      return seen;
    }
    if (Date.now() > deadline) {
      throw new Error(`waited ${PATIENCE_MS / 1000} s in vain until ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** Ports of 127.0.0.1 that were free a moment ago. */
async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from(
      { length: count },
      () =>
        new Promise<net.Server>((resolve, reject) => {
          const server = net.createServer().on("error", reject);
          server.listen(0, "127.0.0.1", () => resolve(server));
        }),
    ),
  );
  const ports = servers.map((server) => (server.address() as net.AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
