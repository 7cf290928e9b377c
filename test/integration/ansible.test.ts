/**
 * The role of examples/ansible, run by a real Ansible on this machine: with an /etc and a /usr/local/bin of its own, and
 * nothing of the machine's settings.
 */

import { cpSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { denied, PROBE, ran } from "../support/programs/expect.ts";
import { answering, directoryOf } from "../support/programs/files.ts";
import { type Outcome, PROGRAM, runCommand } from "../support/programs/program.ts";
import { MOUNTS, needs, program, ROOT } from "../support/running/needs.ts";
import { test } from "../support/running/test.ts";

const ANSIBLE = program("ansible-playbook", "ansible-core");
const PLAYBOOK = "examples/ansible/agents.yml";
const INSTALLED = "/usr/local/bin/seccomp-exec";
const PROFILES = "/etc/dcos/mesos/seccomp";

const POLICY = { profileDir: PROFILES, defaultProfile: "default.json", allowUnconfined: false };

/** What Ansible counts at the end. */
interface Recap {
  readonly ok: number;
  readonly changed: number;
  readonly failed: number;
  readonly output: string;
}

/** An agent, and the playbook's own directory with what it installs. */
class Agent {
  readonly etc = directoryOf({ passwd: "root:x:0:0::/root:/bin/sh\n", group: "root:x:0:\n" });
  private readonly bin = directoryOf({});
  private readonly home = directoryOf({});
  readonly control = directoryOf({
    "files/profiles/default.json": answering(1000),
    "files/profiles/a.json": answering(1001),
    "files/profiles/README.md": "No profile.\n",
    "files/policy.json": JSON.stringify(POLICY),
  });

  constructor() {
    cpSync("examples/ansible", this.control, { recursive: true });
    cpSync(PROGRAM, join(this.control, "files/seccomp-exec"));
    this.makeManifest();
  }

  makeManifest(): void {
    const { stdout } = runCommand([PROGRAM, "manifest", join(this.control, "files/profiles")]);
    writeFileSync(join(this.control, "files/manifest.json"), stdout);
  }

  /** Runs a command on the agent. */
  run(command: readonly string[]): Outcome {
    const script =
      'mount --bind "$1" /etc && mount --bind "$2" /usr/local/bin && cd "$3" && shift 3 && exec "$@"';
    const env = {
      PATH: `${process.env["PATH"]}:/usr/sbin:/sbin`,
      HOME: this.home,
      LC_ALL: "C.UTF-8",
      ANSIBLE_NOCOLOR: "1",
      ANSIBLE_PYTHON_INTERPRETER: "/usr/bin/python3",
    };
    const places = [this.etc, this.bin, this.control];
    return runCommand(["unshare", "--mount", "sh", "-c", script, "sh", ...places, ...command], {
      env,
      ownEtc: true,
    });
  }

  /** Runs the playbook on the agent. */
  play(...options: readonly string[]): Recap {
    const local = ["--inventory", "agent,", "--connection", "local"];
    const { stdout, stderr } = this.run(["ansible-playbook", ...local, ...options, "agents.yml"]);
    const count = (word: string): number =>
      Number(new RegExp(`^agent .*\\b${word}=(\\d+)`, "m").exec(stdout)?.[1]);
    return { ok: count("ok"), changed: count("changed"), failed: count("failed"), output: stdout + stderr };
  }

  /** What the probe sees on the agent behind the launcher. */
  launch(...args: readonly string[]): Outcome {
    return this.run([INSTALLED, ...args, "--", PROBE]);
  }
}

let agent: Agent;

test(`${PLAYBOOK}: the role installs the launcher, the profiles and the policy`, () => {
  needs(ROOT, MOUNTS, ANSIBLE);
  agent = new Agent();
  const { ok, changed, failed, output } = agent.play();
  assert.equal({ ok, changed, failed }, { ok: 8, changed: 6, failed: 0 }, output);
  ran(agent.launch(), denied(1000));
  ran(agent.launch("--profile", "a.json"), denied(1001));
  assert.match(agent.launch("--unconfined").stderr, "'allowUnconfined' set to false");
  assert.match(agent.run([INSTALLED, "--dry-run"]).stdout, /^prepared +yes/m);
  assert.equal(installed(agent), ["a.json", "default.json"]);
});

test(`${PLAYBOOK}: a second run changes nothing`, () => {
  needs(ROOT, MOUNTS, ANSIBLE);
  const { ok, changed, failed, output } = agent.play();
  assert.equal({ ok, changed, failed }, { ok: 8, changed: 0, failed: 0 }, output);
});

test(`${PLAYBOOK}: a changed profile is installed and prepared; one that only this agent has is told`, () => {
  needs(ROOT, MOUNTS, ANSIBLE);
  writeFileSync(join(agent.control, "files/profiles/a.json"), answering(1003));
  agent.makeManifest();
  const own = join(agent.etc, "dcos/mesos/seccomp/own.json");
  writeFileSync(own, answering(1));
  const { changed, failed, output } = agent.play();
  assert.equal({ changed, failed }, { changed: 3, failed: 1 }, output);
  assert.match(output, `${PROFILES}/own.json: the manifest does not have it`);
  rmSync(own);
  ran(agent.launch("--profile", "a.json"), denied(1003));
  assert.match(agent.run([INSTALLED, "--dry-run", "--profile", "a.json"]).stdout, /^prepared +yes/m);
});

test(`${PLAYBOOK}: what is not valid is not installed`, () => {
  needs(ROOT, MOUNTS, ANSIBLE);
  const before = [readFileSync(join(agent.etc, "dcos/mesos/seccomp/a.json"), "utf8"), policyOf(agent)];
  const profile = join(agent.control, "files/profiles/a.json");
  const good = readFileSync(profile);
  writeFileSync(profile, "{");
  const first = agent.play();
  assert.is(first.failed, 1, first.output);
  assert.match(first.output, "error: a closing brace is missing");
  writeFileSync(profile, good);
  writeFileSync(
    join(agent.control, "files/policy.json"),
    JSON.stringify({ ...POLICY, defaultProfile: "none.json" }),
  );
  const second = agent.play();
  assert.is(second.failed, 1, second.output);
  assert.match(second.output, "none.json");
  assert.equal([readFileSync(join(agent.etc, "dcos/mesos/seccomp/a.json"), "utf8"), policyOf(agent)], before);
});

test(`${PLAYBOOK}: what is not in the source is removed if it is asked for, and never what the policy names`, () => {
  needs(ROOT, MOUNTS, ANSIBLE);
  const removing = ["--extra-vars", '{"seccomp_exec_remove_others": true}'];
  writeFileSync(join(agent.control, "files/policy.json"), JSON.stringify(POLICY));
  for (const [name, content] of Object.entries({ "own.json": answering(1), "own.yaml": answering(1) })) {
    writeFileSync(join(agent.etc, "dcos/mesos/seccomp", name), content);
  }
  assert.is(agent.run([INSTALLED, "prepare", `${PROFILES}/`]).status, 0);
  writeFileSync(join(agent.etc, "dcos/mesos/seccomp/notes.txt"), "of the agent");
  rmSync(join(agent.control, "files/profiles/a.json"));
  agent.makeManifest();
  const kept = agent.play();
  assert.is(kept.failed, 1, kept.output);
  assert.equal(installed(agent), ["a.json", "default.json", "own.json", "own.yaml"]);
  symlinkSync("/none", join(agent.etc, "dcos/mesos/seccomp/link.json"));
  writeFileSync(join(agent.etc, "dcos/mesos/seccomp/broken.json"), "{");
  const removed = agent.play(...removing);
  assert.equal([removed.changed, removed.failed], [1, 0], removed.output);
  assert.equal(installed(agent), ["default.json"]);
  assert.equal(
    readdirSync(join(agent.etc, "dcos/mesos/seccomp")).length,
    3,
    "the profile, its filters, the notes",
  );
  const again = agent.play(...removing);
  assert.equal([again.changed, again.failed], [0, 0], again.output);

  // The policy's default profile, and a source that is empty by mistake.
  renameSync(
    join(agent.control, "files/profiles/default.json"),
    join(agent.control, "files/profiles/b.json"),
  );
  agent.makeManifest();
  const named = agent.play(...removing);
  assert.is(named.failed, 1, named.output);
  assert.match(named.output, "Make sure that the policy does not name what is removed");
  const empty = agent.play(...removing, "--extra-vars", "seccomp_exec_profiles=files/none");
  assert.is(empty.failed, 1, empty.output);
  assert.match(empty.output, "there is no profile in files/none");
  assert.equal(installed(agent), ["b.json", "default.json"]);
});

test(`${PLAYBOOK}: an executable that does not run on the agent is not installed`, () => {
  needs(ROOT, MOUNTS, ANSIBLE);
  writeFileSync(join(agent.control, "files/seccomp-exec"), "#!/bin/false\n");
  const { failed, output } = agent.play();
  assert.is(failed, 1, output);
  assert.is(agent.run([INSTALLED, "version"]).status, 0);
});

/** The files on the agent beside the profiles' prepared filters and notes. */
function installed({ etc }: Agent): string[] {
  return readdirSync(join(etc, "dcos/mesos/seccomp"))
    .filter((name) => !name.endsWith(".filters") && name !== "notes.txt")
    .sort();
}

function policyOf({ etc }: Agent): string {
  return readFileSync(join(etc, "seccomp-exec/policy.json"), "utf8");
}

test.run();
