/**
 * Whether another engine accepts a profile and means the same: both judge every call that either mentions.
 */

import { type Difference, differences, Effort, MAX_STEPS_PER_CALL } from "../analysis/differences.ts";
import { formatCall } from "../analysis/format-call.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { counted, listed } from "../plural.ts";
import { type ResolveOptions, resolve } from "../policy/resolve.ts";
import type { Target } from "../policy/target.ts";
import { judging, syscallsJudgedBy } from "../policy/touched.ts";
import { denies, formatVerdict, type Verdict } from "../policy/verdict.ts";
import type { Profile, Rule, Selector } from "../profile/profile.ts";
import type { Architecture } from "../tables/architectures.ts";
import { syscallName } from "../tables/syscalls.ts";
import { CraftedCalls } from "./crafted.ts";
import { type Engine, type EngineReading, type Misread, refusal } from "./engine.ts";
import { type Event, KnownFilters, libseccompFilter } from "./libseccomp.ts";

/** Maximum number of calls that one message names. */
const MAX_LISTED = 5;

/** The result of {@link compareWithEngine}. */
export interface EngineComparison {
  readonly diagnostics: readonly Diagnostic[];
  /** The diagnostics that say that the engine rejects the file, or that its meaning there is not known. */
  readonly obstacles: readonly Diagnostic[];
  /** Calls on which the two differ, ordinary and crafted ones: the profile's verdict and the engine's. */
  readonly differences: readonly Difference[];
  /** The warnings and notes among the diagnostics about differences that only crafted calls can tell. */
  readonly crafted: readonly Diagnostic[];
  /** Pairs of different verdicts on calls without a rule: the profile's and the engine's. */
  readonly defaults: readonly (readonly [Verdict, Verdict])[];
  /** Architectures whose calls the profile judges by its rules and the engine kills. */
  readonly killed: readonly Architecture[];
  /** The names of syscalls whose arguments could not all be compared. */
  readonly incomplete: readonly string[];
}

export interface CompareOptions {
  /** The profile to compare with, if it is not the one that the engine reads. */
  readonly meant?: Profile;
  /** Whether its conditions compare 64 bits of every argument, as the engine's do ({@link Policy.wideArguments}). */
  readonly wideArguments: boolean;
  /** The launcher's answer to a call that is newer than the profile, of which a note tells; by default `enosys`. */
  readonly unknownSyscalls?: ResolveOptions["unknownSyscalls"];
  /** The limit of work. */
  readonly work?: Effort;
}

/**
 * Compares the meaning of a profile with an engine's reading of it, on each of the targets.
 *
 * @param raw the JSON value of the whole document that the profile was read from
 */
export function compareWithEngine(
  engine: Engine,
  profile: Profile,
  raw: unknown,
  targets: readonly Target[],
  {
    meant = profile,
    work = new Effort(MAX_STEPS),
    wideArguments,
    unknownSyscalls = "enosys",
  }: CompareOptions,
): EngineComparison {
  const varying = new Set([profile, meant].flatMap(varyingSyscalls));
  const comparison = new Comparison(
    engine,
    meant,
    profile,
    { wideArguments, unknownSyscalls },
    varying,
    work,
  );
  const judges = judging(varying);
  const left: Profile = { ...meant, rules: onlyJudging(meant.rules, judges) };
  for (const target of targets) {
    const reading = engine.read(profile, raw, target);
    if (comparison.knowsTheRest) {
      comparison.on({ ...reading, rules: onlyJudging(reading.rules, judges) }, left, target);
    } else {
      comparison.on(reading, meant, target);
    }
  }
  return comparison.result();
}

/** The rules that name a call with a part in judging certain others. */
function onlyJudging<R extends { readonly names: readonly string[] }>(
  rules: readonly R[],
  judges: (name: string) => boolean,
): R[] {
  return rules.filter(({ names }) => names.some(judges));
}

/** The ids of the syscalls whose rules depend on more of a machine than its architecture. */
function varyingSyscalls({ rules }: Profile): readonly number[] {
  return syscallsJudgedBy(rules.filter(isOfMachines));
}

/** Whether a rule applies on some machines only. */
function isOfMachines({ includes, excludes }: Rule): boolean {
  return selectsMachines(includes) || selectsMachines(excludes);
}

function selectsMachines({ caps, arches, minKernel }: Selector): boolean {
  return caps.length > 0 || arches.length > 0 || minKernel !== undefined;
}

/** Calls that differ in the same way and for the same reason. */
interface Group {
  readonly arches: Set<string>;
  /** The printed verdicts: the profile's and the engine's. */
  readonly verdicts: readonly [string, string];
  readonly event: Event | undefined;
  readonly pointer: string;
  /** By name: each syscall is reported once. */
  readonly calls: Map<string, string>;
}

/** What follows from something that an engine misreads. */
interface Consequence {
  /** The printed verdicts on the first call found: the profile's and the engine's. */
  readonly verdicts: readonly [string, string];
  readonly names: Set<string>;
  readonly arches: Set<string>;
}

function keyOf({ code, pointer, message }: Diagnostic): string {
  return `${code} ${pointer} ${message}`;
}

/** A reason to doubt which filter libseccomp makes, and the rules that it applies to. */
interface Doubt extends Event {
  readonly pointers: Set<string>;
}

/** Work limit, in steps: a few seconds in QuickJS. */
export const MAX_STEPS = 500_000;

class Comparison {
  private readonly said = new Map<string, Diagnostic>();
  private readonly groups = new Map<string, Group>();
  private readonly found: Difference[] = [];
  private readonly incomplete = new Set<string>();
  private readonly obstacles = new Set<Diagnostic>();
  private readonly doubts = new Map<string, Doubt>();
  private readonly consequences = new Map<string, Consequence>();
  private readonly defaults: (readonly [Verdict, Verdict])[] = [];
  private readonly killed = new Set<Architecture>();
  private readonly crafted = new CraftedCalls();
  private readonly filters: KnownFilters;
  /** Whether further machines can differ in the calls only whose rules depend on the machine. */
  knowsTheRest = false;

  constructor(
    private readonly engine: Engine,
    private readonly profile: Profile,
    private readonly read: Profile,
    private readonly launch: Pick<ResolveOptions, "unknownSyscalls" | "wideArguments">,
    varying: ReadonlySet<number>,
    private readonly work: Effort,
  ) {
    this.filters = new KnownFilters(varying);
  }

  /**
   * Adds a machine.
   *
   * @param meant the profile; once {@link knowsTheRest} holds, what of it judges the calls that differ between machines
   */
  on(reading: EngineReading, meant: Profile, target: Target): void {
    for (const diagnostic of reading.refusals) {
      this.obstacle(diagnostic);
    }
    for (const diagnostic of reading.remarks) {
      this.say(diagnostic);
    }
    const { policy: ours } = resolve(meant, target, {
      ...this.launch,
      unknownSyscalls: "default",
      listenerNamed: true,
    });
    if (ours === undefined) {
      return;
    }
    this.byDesign(reading, target.arch);
    if (ours.defaultVerdict !== reading.defaultVerdict) {
      this.defaultDiffers(ours.defaultVerdict, reading.defaultVerdict, target.arch);
    }
    for (const arch of reading.architectures.filter((one) => !ours.architectures.includes(one))) {
      const message = `${this.title} judges calls of ${arch.name} by the rules, which the profile kills`;
      this.obstacle(this.error(message, this.archPointer));
    }
    for (const arch of ours.architectures) {
      if (!reading.architectures.includes(arch)) {
        this.kills(arch, reading);
        continue;
      }
      const left = this.filters.left(reading, arch);
      const theirs = libseccompFilter(reading, arch, this.engine.libseccomp, this.filters);
      for (const event of theirs.events) {
        this.event(event);
      }
      const { differences: found, incomplete } = differences(
        arch,
        ours,
        theirs.policy,
        theirs.bits,
        this.work,
        left,
      );
      for (const id of incomplete) {
        this.incomplete.add(syscallName(id));
      }
      for (const difference of found) {
        const [a, b] = difference.verdicts;
        this.found.push(difference);
        if (difference.crafted && this.misreadOf(difference, reading) === undefined) {
          this.crafted.add(difference, theirs.bits, target.arch);
        } else if (a !== ours.defaultVerdict || b !== reading.defaultVerdict) {
          // A different default is reported once, not for every call that gets it.
          this.differs(difference, theirs.events, reading);
        }
      }
    }
    this.knowsTheRest = ours.architectures.every(
      (arch) => !reading.architectures.includes(arch) || this.filters.left(reading, arch) !== undefined,
    );
  }

  result(): EngineComparison {
    const grouped = [...this.groups.values()].map((group) => this.describe(group));
    const cut = [...this.incomplete].map((name) =>
      this.error(
        `the rules for ${name} have too many combinations of conditions to be compared with what ${this.title} does: the comparison stopped after ${MAX_STEPS_PER_CALL} steps for one call and ${this.work.most} for all`,
        this.rulePointer(name),
      ),
    );
    const doubts = [...this.doubts.values()].map((doubt) => this.describeDoubt(doubt));
    const crafted = this.crafted.findings(this.engine, this.profile);
    return {
      diagnostics: [
        ...doubts,
        ...[...this.said.values()].map((one) => this.withConsequence(one)),
        ...grouped,
        ...crafted,
        ...cut,
      ],
      differences: this.found,
      crafted,
      incomplete: [...this.incomplete],
      obstacles: [...doubts, ...this.obstacles, ...cut],
      defaults: this.defaults,
      killed: [...this.killed],
    };
  }

  private get title(): string {
    return this.engine.title;
  }

  private get archPointer(): string {
    const { base, archMap } = this.profile;
    return `${base}/${archMap === undefined ? "architectures" : "archMap"}`;
  }

  /** Intended differences, which do not depend on the profile. */
  private byDesign(reading: EngineReading, native: Architecture): void {
    const { base } = this.profile;
    this.say({
      code: "engine-note",
      severity: "note",
      message: `a call of an architecture that is not listed ends the process here, and only the thread that makes it under ${this.title}`,
      pointer:
        this.profile.archMap === undefined && this.profile.architectures === undefined
          ? base
          : this.archPointer,
    });
    if (denies(reading.defaultVerdict) && this.launch.unknownSyscalls === "enosys") {
      const default_ = formatVerdict(reading.defaultVerdict, native);
      this.say({
        code: "engine-note",
        severity: "note",
        message:
          this.engine.name === "mesos"
            ? `a call that appeared after the youngest one that the profile names gets ENOSYS here, and ${default_} under ${this.title}`
            : `a call that appeared after the youngest one that the profile names gets ENOSYS here; runc gives it to numbers above the highest one named, crun answers ${default_}`,
        pointer: `${base}/defaultAction`,
        // In a cluster there is no launcher.
        ...(this.engine.inClusters === true
          ? {}
          : { hint: "--unknown-syscalls=default of the launcher turns it off" }),
      });
    }
  }

  private kills(arch: Architecture, reading: EngineReading): void {
    this.killed.add(arch);
    // If the engine does not read the list at all, this is already reported.
    if (!reading.remarks.some(({ pointer }) => pointer === this.archPointer)) {
      const message = `${this.title} kills calls of ${arch.name}, which the profile judges by its rules`;
      this.say(this.error(message, this.archPointer));
    }
  }

  private defaultDiffers(ours: Verdict, theirs: Verdict, native: Architecture): void {
    this.defaults.push([ours, theirs]);
    this.say(
      this.error(
        `calls without a rule get ${formatVerdict(theirs, native)} under ${this.title}, and ${formatVerdict(ours, native)} here`,
        `${this.profile.base}/defaultAction`,
      ),
    );
  }

  /** Reports what becomes of a rule, whether or not it shows in a verdict. */
  private event(event: Event): void {
    const { kind, name, pointer } = event;
    if (kind === "clash") {
      this.obstacle(
        refusal(
          this.title,
          `libseccomp refuses a rule for ${name} because another one with the same conditions has another action`,
          pointer,
          "keep one of the two",
        ),
      );
    }
    if (DOUBTS[kind] !== undefined) {
      // Each cause is reported once per call, however many of its rules it affects.
      const key = `${kind} ${name}`;
      const doubt = this.doubts.get(key) ?? { ...event, pointers: new Set<string>() };
      doubt.pointers.add(pointer);
      this.doubts.set(key, doubt);
    }
  }

  /** The diagnostic for a doubt. */
  private describeDoubt({ kind, name, pointer, other, pointers }: Doubt): Diagnostic {
    const doubt = (DOUBTS[kind] ?? "").replace("NAME", name).replace("ENGINE", this.title);
    const more = pointers.size - 1;
    return {
      code: "engine-unspecified",
      severity: "error",
      message: more === 0 ? doubt : `${doubt}; the same holds for ${counted(more, "more rule")}`,
      pointer,
      hint: HINTS[kind] ?? REWRITE,
      ...(other === undefined ? {} : { related: [{ pointer: other, what: "the other rule" }] }),
    };
  }

  private differs(difference: Difference, events: readonly Event[], reading: EngineReading): void {
    const { arch, id, call } = difference;
    const verdicts = [
      formatVerdict(difference.verdicts[0], arch),
      formatVerdict(difference.verdicts[1], arch),
    ] as const;
    const name = syscallName(id);
    const misread = this.misreadOf(difference, reading);
    if (misread !== undefined) {
      const key = keyOf(misread.remark);
      const known = this.consequences.get(key) ?? {
        verdicts,
        names: new Set<string>(),
        arches: new Set<string>(),
      };
      known.names.add(name);
      known.arches.add(arch.name);
      this.consequences.set(key, known);
      return;
    }
    const event = events.find((one) => one.id === id && EXPLAINED[one.kind] !== undefined);
    if (event !== undefined && this.refuses(event)) {
      return;
    }
    const pointer = event?.pointer ?? this.rulePointer(name);
    const key = [...verdicts, event?.kind, event === undefined ? "" : pointer].join(" ");
    let group = this.groups.get(key);
    if (group === undefined) {
      group = { arches: new Set(), verdicts, event, pointer, calls: new Map() };
      this.groups.set(key, group);
    }
    group.arches.add(arch.name);
    if (!group.calls.has(name)) {
      group.calls.set(name, formatCall(id, call.args));
    }
  }

  /** What the engine misreads in the rules for a call, if anything. */
  private misreadOf({ id }: Difference, { misread = [] }: EngineReading): Misread | undefined {
    const name = syscallName(id);
    return misread.find((one) =>
      this.read.rules.some(({ index, names }) => one.rules.includes(index) && names.includes(name)),
    );
  }

  /** A diagnostic with what follows from it. */
  private withConsequence(diagnostic: Diagnostic): Diagnostic {
    const found = this.consequences.get(keyOf(diagnostic));
    if (found === undefined) {
      return diagnostic;
    }
    const [ours, theirs] = found.verdicts;
    const of = `${listed([...found.names], MAX_LISTED)} on ${[...found.arches].join(", ")}`;
    return {
      ...diagnostic,
      message: `${diagnostic.message}; it answers ${theirs} to ${of}, but the profile means ${ours}`,
    };
  }

  /** Whether the engine rejects a profile with such a rule. */
  private refuses({ kind }: Event): boolean {
    const { skipsUnknown, skipsDefault } = this.engine.libseccomp;
    return (kind === "unknown-name" && !skipsUnknown) || (kind === "equals-default" && !skipsDefault);
  }

  private describe({ arches, verdicts: [ours, theirs], event, pointer, calls }: Group): Diagnostic {
    const of = `${listed([...calls.values()], MAX_LISTED)} on ${[...arches].join(", ")}`;
    const message = `${this.title} answers ${theirs} to ${of}, but the profile means ${ours}`;
    const hint = event === undefined ? undefined : EXPLAINED[event.kind];
    return {
      code: "engine-differs",
      severity: "error",
      message,
      pointer,
      ...(hint === undefined ? {} : { hint }),
      ...(event?.kind !== "second-unconditional" || event.other === undefined
        ? {}
        : { related: [{ pointer: event.other, what: "the other rule" }] }),
    };
  }

  private error(message: string, pointer: string): Diagnostic {
    return { code: "engine-differs", severity: "error", message, pointer };
  }

  /** Reports a diagnostic once; returns whether it was new. */
  private say(diagnostic: Diagnostic): boolean {
    const key = keyOf(diagnostic);
    const isNew = !this.said.has(key);
    if (isNew) {
      this.said.set(key, diagnostic);
    }
    return isNew;
  }

  private obstacle(diagnostic: Diagnostic): void {
    if (this.say(diagnostic)) {
      this.obstacles.add(diagnostic);
    }
  }

  private rulePointer(name: string): string {
    const { base, rules } = this.profile;
    const rule = rules.find(({ names }) => names.includes(name));
    return rule === undefined ? base : `${base}/syscalls/${rule.index}`;
  }
}

/** Reasons to doubt that libseccomp makes the filter that the rules ask for. */
const DOUBTS: Readonly<Partial<Record<Event["kind"], string>>> = {
  entangled:
    "two rules for NAME compare the same argument, one of them by size or inequality; libseccomp 2.5.4 makes a wrong filter from some such pairs and never finishes with others",
  "compares-halves":
    "a rule for NAME compares by size; the libseccomp 2.3.3 of Mesos compares each half separately, which is wrong for values with upper halves (CVE-2019-9893)",
  unspecified:
    "two rules for NAME with different actions can apply to one call; which of them counts under ENGINE is up to libseccomp",
  "number-not-loaded":
    "NAME is no call of one of the architectures, and every rule for a call that it has is conditional; from such rules libseccomp 2.5.4 makes a filter that may not look at the number of the call, and then none of them applies",
  "too-many": "there are too many rules for NAME to predict the filter that libseccomp makes",
};

const HINTS: Readonly<Partial<Record<Event["kind"], string>>> = {
  unspecified: "write conditions that exclude each other",
  "number-not-loaded":
    "leave out the names and the architectures that no program needs, or add a rule without conditions for a call that every architecture has",
};

const REWRITE =
  "seccomp-exec convert rewrites the rules with SCMP_CMP_EQ and SCMP_CMP_MASKED_EQ, where possible";

/** Why a rule does not do what it means. */
const EXPLAINED: Readonly<Partial<Record<Event["kind"], string>>> = {
  "equals-default": "it skips a rule whose action is the default one, also beside a rule that allows more",
  "unknown-name": "its libseccomp does not know the name, and the rule is skipped for it",
  replaced:
    "in the libseccomp 2.3.3 of Mesos a rule replaces earlier ones with its conditions and further ones",
  hidden: "in libseccomp a rule without conditions hides every rule with conditions",
  "second-unconditional":
    "in libseccomp the first of two rules without conditions counts, here the more restrictive one: keep the one that is meant",
  "conditions-lost":
    "libseccomp leaves out the conditions of a rule where the call is made through socketcall or ipc",
};
