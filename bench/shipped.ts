/** The shipped profiles on all architectures: how long their filters are, beside libseccomp's, and how long compiling takes. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { compile } from "../src/bpf/compile.ts";
import { programLength } from "../src/bpf/instruction.ts";
import { resolve } from "../src/policy/resolve.ts";
import type { Profile } from "../src/profile/profile.ts";
import { readProfile } from "../src/profile/read.ts";
import { type Architecture, architectures } from "../src/tables/architectures.ts";
import { KERNEL } from "../test/support/fixtures/policies.ts";
import { loadRealLibseccomp, type RealLibseccomp } from "../test/support/oracles/real-libseccomp.ts";
import { libseccompProgram } from "../test/support/oracles/second-opinion.ts";
import { scriptInQuickJs } from "./quickjs.ts";
import { giveUp, projectDirectory } from "./setting.ts";
import { summarize } from "./statistics.ts";

/** One profile on one architecture. */
export interface ShippedFilter {
  readonly ours: number;
  /** The shorter of libseccomp's list and its tree; undefined where it does not know an architecture. */
  readonly libseccomp: number | undefined;
  readonly compileMs: number;
}

export interface Shipped {
  /** File names. */
  readonly profiles: readonly string[];
  /** By architecture, in the order of the profiles. */
  readonly filters: ReadonlyMap<string, readonly ShippedFilter[]>;
  readonly kernel: string;
  /** Version of the library, where there is one. */
  readonly libseccomp: string | undefined;
  readonly rounds: number;
  readonly repetitions: number;
}

/** Compilations between two looks at the clock, and how often that is done. */
const REPETITIONS = 20;
const ROUNDS = 5;

const directory = join(projectDirectory, "profiles");

export async function measureShipped(): Promise<Shipped> {
  const profiles = readdirSync(directory).filter((name) => name.endsWith(".json"));
  const texts = profiles.map((name) => readFileSync(join(directory, name), "utf8"));
  const quickJs = await scriptInQuickJs(script(texts));
  const libseccomp = loadRealLibseccomp();
  const filters = new Map<string, ShippedFilter[]>();
  for (const arch of architectures) {
    const row = texts.map((text, i): ShippedFilter => {
      const profile = readProfile(JSON.parse(text)).profile ?? giveUp(`${profiles[i]} has errors`);
      const times = quickJs.time([String(i), arch.name], REPETITIONS, ROUNDS);
      return { ...lengths(profile, arch, libseccomp), compileMs: summarize(times).median };
    });
    filters.set(arch.name, row);
  }
  return {
    profiles,
    filters,
    kernel: `${KERNEL >> 8}.${KERNEL & 0xff}`,
    libseccomp: libseccomp?.version,
    rounds: ROUNDS,
    repetitions: REPETITIONS,
  };
}

function lengths(
  profile: Profile,
  arch: Architecture,
  libseccomp: RealLibseccomp | undefined,
): Pick<ShippedFilter, "ours" | "libseccomp"> {
  const target = { arch, kernel: KERNEL, caps: 0n };
  const policy =
    resolve(profile, target, { unknownSyscalls: "enosys" }).policy ?? giveUp("a profile has errors");
  const theirs = [false, true].map(
    (tree) => libseccomp && libseccompProgram(libseccomp, profile, target, policy.architectures, tree),
  );
  const known = theirs.filter((program) => program !== undefined).map(programLength);
  return {
    ours: programLength(compile(policy)),
    libseccomp: known.length < theirs.length ? undefined : Math.min(...known),
  };
}

/** What runs in QuickJS: PROFILE ARCHITECTURE TIMES compiles the profile with this index so often. */
function script(texts: readonly string[]): string {
  return `
import { compile } from "./src/bpf/compile.ts";
import { resolve } from "./src/policy/resolve.ts";
import { readTyped } from "./src/profile/read-typed.ts";
import { architectureByName } from "./src/tables/architectures.ts";
const texts = ${JSON.stringify(texts)};
globalThis.main = (host) => {
  const [profile, arch, times] = host.args.slice(-3);
  const target = { arch: architectureByName(arch), kernel: ${KERNEL}, caps: 0n };
  const { policy } = resolve(readTyped(JSON.parse(texts[profile]), "").profile, target, { unknownSyscalls: "enosys" });
  for (let i = Number(times); i > 0; i -= 1) {
    compile(policy);
  }
  return 0;
};`;
}
