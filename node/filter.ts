/**
 * From a profile to the filter for this process; nothing is changed.
 */

import { createHash } from "node:crypto";
import { encodeProgram } from "../src/bpf/codec.ts";
import type { Program } from "../src/bpf/instruction.ts";
import { InvalidInput, Refusal } from "../src/diagnostic.ts";
import type { Host } from "../src/host.ts";
import { compiledFilter } from "../src/launch/compile-profile.ts";
import type { LaunchTools } from "../src/launch/plan.ts";
import { type Diagnostic, located, TEXT } from "../src/library/diagnostic.ts";
import { ExactReading } from "../src/load/exact-reading.ts";
import { launchMachine, type Machine, needsNoNewPrivs, processStatus } from "../src/load/target.ts";
import type { Policy } from "../src/policy/policy.ts";
import { readPolicy } from "../src/policy/read-policy.ts";
import { parseByLibrary } from "../src/profile/library-parser.ts";
import { readYaml } from "../src/profile/yaml.ts";
import type { Architecture } from "../src/tables/architectures.ts";
import { launcherOptions, type ProfileOptions } from "./options.ts";
import { type ProfileSource, readSource } from "./source.ts";

/** A filter, and what it was made from. */
export interface MadeFilter {
  /** What messages call the profile. */
  readonly label: string;
  /** SHA-256 of its text in UTF-8, in hexadecimal digits. */
  readonly sha256: string;
  readonly policy: Policy;
  readonly program: Program;
  /** The program as the kernel takes it: `struct sock_filter` in this machine's byte order. */
  readonly bytes: Buffer;
  readonly machine: Machine;
  /** Whether no_new_privs has to be set first. */
  readonly noNewPrivs: boolean;
  readonly warnings: readonly Diagnostic[];
}

/** Reads texts, and keeps them to locate what is found in them. */
export function newReading(): ExactReading {
  return new ExactReading(parseByLibrary, readYaml);
}

/**
 * Compiles a profile for this process, as a launch does.
 *
 * @param moreOptions names of options beside those of {@link ProfileOptions}
 * @throws Refusal or InvalidInput
 */
export function makeFilter(
  host: Host,
  arch: Architecture,
  reading: ExactReading,
  source: ProfileSource,
  options: ProfileOptions,
  moreOptions: readonly string[] = [],
): MadeFilter {
  const given = launcherOptions(options, moreOptions);
  const status = processStatus(host);
  const profile = readSource(host, source, options.profileDir, status.euid === 0);
  const noNewPrivs = options.noNewPrivs === true || needsNoNewPrivs(status);
  const machine = launchMachine(host, given, status, noNewPrivs || status.noNewPrivs, true);
  const warnings: Diagnostic[] = [];
  const tools: Pick<LaunchTools, "readPolicy" | "warn"> = {
    // The reading knows the only text by that label, see located().
    readPolicy: (text, target, how) => readPolicy(reading.readProfile({ ...text, label: TEXT }), target, how),
    warn: (_, found) => {
      warnings.push(
        ...located(
          reading,
          found.filter(({ severity }) => severity !== "note"),
        ),
      );
    },
  };
  const { policy, program } = called(profile.label, () =>
    compiledFilter({
      host,
      options: given,
      profile,
      machine,
      wideArguments: options.wideArguments === true,
      listenerNamed: false,
      tools: tools as LaunchTools,
      lap: () => {},
    }),
  );
  if (policy.listener !== undefined) {
    throw new Refusal(
      `${profile.label} has SCMP_ACT_NOTIFY, and no agent gets its listener here`,
      "start the program under the launcher, which hands the listener to a seccomp agent, or use another action",
    );
  }
  const { label, text } = profile;
  return {
    label,
    sha256: createHash("sha256").update(text).digest("hex"),
    policy,
    program,
    bytes: Buffer.from(encodeProgram(program, arch.bigEndian)),
    machine,
    noNewPrivs,
    warnings,
  };
}

/** Gives a refusal of the text the name that the program knows. */
function called<T>(label: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof InvalidInput && error.label === TEXT
      ? new InvalidInput(label, error.diagnostics, error.path)
      : error;
  }
}
