/**
 * The findings of `check` as text.
 */

import { printable } from "../../bytes.ts";
import { weightOf } from "../../lint/weights.ts";
import { counted } from "../../plural.ts";
import { type Located, renderFinding, type Style, whereIn } from "../render.ts";
import { whole } from "../wrap.ts";
import { type Report, rankOf } from "./report.ts";

/** Maximum number of findings of one profile that are printed as text. */
const MAX_PRINTED = 200;
/** The number of findings but for remarks from which on the report ends with those that matter first. */
const MANY = 5;
/** How many of them it ends with. */
const FIRST = 2;

/** The lines of a report; the last one sums it up. */
export function reportText(
  { label: name, checkedFor, findings, accepted, simulate }: Report,
  style: Style,
): string {
  const label = whole(printable(name));
  const said = findings.slice(0, MAX_PRINTED).map((located) => renderFinding(located, style, simulate));
  if (findings.length > MAX_PRINTED) {
    said.push(`${label}: ${findings.length - MAX_PRINTED} more are not shown; --json prints all\n`);
  }
  if (checkedFor !== undefined) {
    const { target, machine } = checkedFor;
    said.push(`${label}: checked for ${target}, since it does not list this machine's ${machine}\n`);
  }
  return `${said.join("")}${first(findings)}${label}: ${summary(findings, accepted.length)}\n`;
}

/** The line that sums up the profiles of directories. */
export function totalText(reports: readonly Report[], others: number): string {
  const failing = reports.filter(({ isValid }) => !isValid).length;
  const left = others === 0 ? "" : `; ${counted(others, "other file")} left out`;
  return `${counted(reports.length, "profile")}: ${failing === 0 ? "all pass" : `${failing} failed`}${left}\n`;
}

/** The line that names what matters first; empty if there are few findings. */
function first(findings: readonly Located[]): string {
  const serious = findings.filter((one) => rankOf(one) < 5);
  if (serious.length < MANY) {
    return "";
  }
  const worst = [...serious].sort((a, b) => rankOf(a) - rankOf(b)).slice(0, FIRST);
  const named = worst.map(
    ({ label, position, diagnostic: { code } }) => `${code} at ${whereIn(label, position)}`,
  );
  return `${printable(`${worst[0]?.label ?? ""}: fix first: ${named.join(", ")}`)}\n`;
}

/** The number of findings of each weight, errors apart; "ok" if there are remarks at most. */
function summary(findings: readonly Located[], accepted: number): string {
  const of = (...words: readonly string[]): number =>
    findings.filter(({ diagnostic }) => words.includes(kindOf(diagnostic))).length;
  const serious = [
    number(of("error"), "error"),
    number(of("mistake"), "mistake"),
    number(of("way-around"), "way around", "ways around"),
    number(of("danger"), "danger"),
  ].filter((part) => part !== "");
  return [
    ...(serious.length === 0 ? ["ok"] : serious),
    number(of("remark"), "remark"),
    accepted === 0 ? "" : `${accepted} accepted`,
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function kindOf(diagnostic: Located["diagnostic"]): string {
  return diagnostic.severity === "error" ? "error" : weightOf(diagnostic);
}

function number(count: number, one: string, more?: string): string {
  return count === 0 ? "" : count === 1 || more === undefined ? counted(count, one) : `${count} ${more}`;
}
