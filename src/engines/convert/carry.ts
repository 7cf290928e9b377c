/**
 * Carries the rules of a profile over to what an engine can express, call by call.
 */

import type { Diagnostic } from "../../diagnostic.ts";
import { addTo } from "../../groups.ts";
import { listed } from "../../plural.ts";
import { ruleAlternatives } from "../../policy/resolve.ts";
import { isForArch, isForKernel, selects, verdictOf } from "../../policy/rule-verdict.ts";
import type { Target } from "../../policy/target.ts";
import { precedence, type Verdict } from "../../policy/verdict.ts";
import { NO_SELECTOR, type Profile, type Rule, type Selector } from "../../profile/profile.ts";
import { architectures, matchesArchName } from "../../tables/architectures.ts";
import { syscallId } from "../../tables/syscalls.ts";
import type { Carrier } from "./carrier.ts";
import { isPossible, type Piece } from "./piece.ts";

/** The rules that were carried over, and the problems with the others. */
export interface Carried {
  readonly defaultVerdict: Verdict;
  /** The rules for each call, in the order of the file. */
  readonly pieces: ReadonlyMap<string, readonly Piece[]>;
  /** Errors for what could not be carried over; warnings for what became stricter. */
  readonly problems: readonly Diagnostic[];
}

/** @param stricter whether something stricter may replace what the engine cannot express */
export function carry(profile: Profile, target: Target, carrier: Carrier, stricter: boolean): Carried {
  return new Carry(profile, target, carrier, stricter).all();
}

class Carry {
  private readonly problems: Diagnostic[] = [];
  private readonly pieces = new Map<string, Piece[]>();
  private readonly ownDefault: Verdict;

  constructor(
    private readonly profile: Profile,
    private readonly target: Target,
    private readonly carrier: Carrier,
    private readonly stricter: boolean,
  ) {
    this.ownDefault = verdictOf(profile.defaultAction, profile.defaultErrno, target.arch);
  }

  all(): Carried {
    const { base, rules } = this.profile;
    const defaultVerdict = this.verdict(this.ownDefault, `${base}/defaultAction`) ?? this.ownDefault;
    for (const rule of rules) {
      this.rule(rule);
    }
    return { defaultVerdict, pieces: this.pieces, problems: this.problems };
  }

  private rule(rule: Rule): void {
    const pointer = `${this.profile.base}/syscalls/${rule.index}`;
    const own = verdictOf(rule.action, rule.errno, this.target.arch);
    // A rule no stricter than the default may be left out; a stricter one may apply more widely.
    const mayGo = precedence(own) >= precedence(this.ownDefault);
    if (own === this.ownDefault) {
      this.restatement(rule, own);
      return;
    }
    const selectors = this.selectors(rule, pointer, mayGo);
    if (selectors === undefined) {
      return;
    }
    const names = this.names(rule, pointer, mayGo);
    const verdict = this.verdict(own, `${pointer}/action`, mayGo);
    if (verdict !== undefined) {
      this.add(rule, names, selectors, verdict);
    }
  }

  /**
   * Carries over a rule with the default action: it matters only beside a rule that allows more. What the engine does not know
   * is left out of it, except for capabilities that decide whether the other rule counts.
   */
  private restatement(rule: Rule, own: Verdict): void {
    const pointer = `${this.profile.base}/syscalls/${rule.index}`;
    const selectors = this.selectors(rule, pointer, false);
    const verdict = this.carrier.compromise(own)?.instead ?? own;
    if (selectors !== undefined) {
      const names = rule.names.filter((name) => syscallId(name) >= 0 && this.carrier.knowsName(name));
      this.add(rule, [...new Set(names)], selectors, verdict);
    }
  }

  private add(
    rule: Rule,
    names: readonly string[],
    selectors: Pick<Piece, "includes" | "excludes">,
    verdict: Verdict,
  ): void {
    for (const { conditions } of ruleAlternatives(rule.conditions, verdict)) {
      const piece: Piece = { ...selectors, conditions, verdict, rule: rule.index };
      if (isPossible(piece)) {
        for (const name of names) {
          addTo(this.pieces, name, [piece]);
        }
      }
    }
  }

  /** The names that the engine knows. A name that seccomp-exec does not know has no effect here either. */
  private names({ names }: Rule, pointer: string, mayGo: boolean): readonly string[] {
    const known = [...new Set(names)].filter((name) => syscallId(name) >= 0);
    const unknown = known.filter((name) => !this.carrier.knowsName(name));
    if (unknown.length > 0) {
      this.problem(
        `${this.title} does not know ${listed(unknown)}`,
        `${pointer}/names/${names.indexOf(unknown[0] ?? "")}`,
        mayGo ? "they get the default" : undefined,
      );
    }
    return known.filter((name) => this.carrier.knowsName(name));
  }

  /** The selectors in the engine's words; undefined if the rule does not apply or is left out. */
  private selectors(
    rule: Rule,
    pointer: string,
    mayGo: boolean,
  ): Pick<Piece, "includes" | "excludes"> | undefined {
    if (!this.carrier.selectors) {
      return selects(rule, this.target) ? { includes: NO_SELECTOR, excludes: NO_SELECTOR } : undefined;
    }
    if (!isForArch(rule, this.target.arch) && !this.isForAnyArch(rule)) {
      return undefined;
    }
    if (!this.carrier.kernels && !isForKernel(rule, this.target.kernel)) {
      return undefined;
    }
    const unknown = [...rule.includes.caps, ...rule.excludes.caps].filter(
      (cap) => !this.carrier.knowsCap(cap),
    );
    if (unknown.length > 0) {
      const instead = mayGo ? "the rule is left out" : "the rule applies without them";
      this.problem(`${this.title} does not know ${listed(unknown)}`, pointer, instead);
      if (mayGo) {
        return undefined;
      }
    }
    return { includes: this.selector(rule.includes), excludes: this.selector(rule.excludes) };
  }

  private isForAnyArch(rule: Rule): boolean {
    return architectures.some((arch) => this.carrier.archWord(arch) !== undefined && isForArch(rule, arch));
  }

  private selector({ caps, arches, minKernel }: Selector): Selector {
    const words = architectures
      .filter((arch) => arches.some((word) => matchesArchName(arch, word)))
      .map((arch) => this.carrier.archWord(arch))
      .filter((word) => word !== undefined);
    return {
      caps: caps.filter((cap) => this.carrier.knowsCap(cap)),
      arches: [...new Set(words)],
      minKernel: this.carrier.kernels ? minKernel : undefined,
    };
  }

  /** The verdict as the engine expresses it; undefined if the rule must be left out. */
  private verdict(own: Verdict, pointer: string, mayGo = false): Verdict | undefined {
    const compromise = this.carrier.compromise(own);
    if (compromise === undefined) {
      return own;
    }
    const { why, instead } = compromise;
    if (instead === undefined) {
      this.problem(why, pointer, mayGo ? "the rule is left out" : undefined);
      return undefined;
    }
    this.problem(why, pointer, "EPERM is answered");
    return this.stricter ? instead : undefined;
  }

  /** @param instead the replacement that --stricter permits; undefined if there is none */
  private problem(why: string, pointer: string, instead: string | undefined): void {
    const accepted = this.stricter && instead !== undefined;
    this.problems.push({
      code: "not-carried-over",
      severity: accepted ? "warning" : "error",
      message: accepted ? `${why}: ${instead}` : why,
      pointer,
      ...(accepted || instead === undefined
        ? {}
        : { hint: `with --stricter ${instead}, which is no less restrictive` }),
    });
  }

  private get title(): string {
    return this.carrier.engine.title;
  }
}
