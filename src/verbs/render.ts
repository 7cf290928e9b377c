/**
 * Shows messages and diagnostics to a person: what is wrong and where, the line in which it stands, what to do about it.
 */

import { eastAsianWidth } from "get-east-asian-width";
import { createColors } from "picocolors";
import { printable } from "../bytes.ts";
import type { Diagnostic, Misspelt, Position, Refusal, RelatedPlace, Severity } from "../diagnostic.ts";
import type { Host } from "../host.ts";
import type { ExactReading } from "../load/exact-reading.ts";
import { suggest } from "./suggest.ts";

/** How something is shown where it goes. */
export interface Style {
  /** Whether there are colours. */
  readonly colours: boolean;
  /** Whether the line to blame is shown, with a caret below. */
  readonly excerpts: boolean;
}

/** A terminal gets excerpts, and colours unless its user does not want any (no-color.org); everything else plain lines. */
export function styleFor(host: Host, fd: 1 | 2): Style {
  const terminal = host.isTerminal(fd);
  const wanted = (host.env("NO_COLOR") ?? "") === "" && host.env("TERM") !== "dumb";
  return { colours: terminal && wanted, excerpts: terminal };
}

/** A diagnostic with what the text that it is about says of it. */
export interface Located {
  readonly label: string;
  readonly diagnostic: Diagnostic;
  readonly position: Position | undefined;
  /** The line in which it stands. */
  line(): string | undefined;
  readonly related: readonly (RelatedPlace & { readonly position: Position | undefined })[];
}

/** Looks up where a diagnostic stands. */
export function locate(reading: ExactReading, label: string, diagnostic: Diagnostic): Located {
  const position = reading.position(label, diagnostic);
  return {
    label,
    diagnostic,
    position,
    line: () => (position === undefined ? undefined : reading.line(label, position.line)),
    related: (diagnostic.related ?? []).map(({ what, pointer }) => ({
      what,
      pointer,
      position: reading.locate(label, pointer),
    })),
  };
}

/** A diagnostic as a launch says it: every line is marked as the launcher's. */
export function renderForLaunch(located: Located, style: Style): string {
  const { diagnostic } = located;
  const said = `${where(located.label, located.position)}: ${diagnostic.message}`;
  return `${renderMessage(diagnostic.severity, said)}${excerpt(located, style)}${hintLine(hintOf(diagnostic))}`;
}

/** A diagnostic as compilers say it, with its code. */
export function renderFinding(located: Located, style: Style): string {
  const { diagnostic, related, label } = located;
  const { severity, message, code } = diagnostic;
  const paint = createColors(style.colours);
  const head = `${paint.bold(printable(where(label, located.position)))}: ${coloured(severity, style)}: `;
  const hint = hintOf(diagnostic);
  return [
    `${head}${shown(message)} ${paint.dim(`[${code}]`)}\n`,
    excerpt(located, style),
    ...related.map(({ what, position }) => `  ${printable(where(label, position))}: ${what}\n`),
    hint === undefined ? "" : `  ${paint.cyan("hint")}: ${printable(hint)}\n`,
  ].join("");
}

function coloured(severity: Severity, { colours }: Style): string {
  const paint = createColors(colours);
  return severity === "error"
    ? paint.red("error")
    : severity === "warning"
      ? paint.yellow("warning")
      : paint.cyan("note");
}

function where(label: string, position: Position | undefined): string {
  return position === undefined ? label : `${label}:${position.line}:${position.column}`;
}

/** The lines of a message that is not about a text. */
export function renderMessage(severity: Severity, message: string, hint?: string): string {
  return `seccomp-exec: ${severity}: ${shown(message)}\n${hintLine(hint)}`;
}

/** Why something was refused, with what to do about it. */
export function renderRefusal(refusal: Refusal): string {
  return renderMessage("error", refusal.message, hintOf(refusal));
}

/** Maximum length of a message: it may quote a word of the input, and a word may have any length. */
const MAX_MESSAGE_LENGTH = 600;

function shown(message: string): string {
  return printable(
    message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}...` : message,
  );
}

function hintLine(hint: string | undefined): string {
  return hint === undefined ? "" : `seccomp-exec: hint: ${printable(hint)}\n`;
}

/** What to do about it: the word that was probably meant, or what the diagnostic says. */
export function hintOf({
  misspelt,
  hint,
}: {
  readonly misspelt?: Misspelt | undefined;
  readonly hint?: string | undefined;
}): string | undefined {
  const nearest = misspelt === undefined ? undefined : suggest(misspelt);
  return nearest === undefined ? hint : `did you mean '${nearest}'?`;
}

/** So many columns of a line are shown. */
const WIDEST = 100;

/** The line, and below it carets under what is meant. */
function excerpt({ position, line: lineOf, diagnostic }: Located, style: Style): string {
  const line = style.excerpts ? lineOf() : undefined;
  if (position === undefined || line === undefined) {
    return "";
  }
  const paint = createColors(style.colours);
  const at = position.column - 1;
  // Of a long line the part is shown in which it stands.
  const from = at < WIDEST / 2 ? 0 : at - WIDEST / 4;
  const text = line.slice(from, from + WIDEST);
  const before = line.slice(from, at);
  const marked = line.slice(at, Math.min(at + (position.length ?? 1), from + WIDEST));
  const number = String(position.line);
  const margin = " ".repeat(number.length);
  const carets = "^".repeat(Math.max(1, widthOf(visible(marked))));
  const underline = diagnostic.severity === "error" ? paint.red(carets) : paint.yellow(carets);
  return ` ${number} | ${visible(text)}\n ${margin} | ${" ".repeat(widthOf(visible(before)))}${underline}\n`;
}

/** As a terminal is to show it: tabs as one space, and nothing that speaks to the terminal. */
function visible(text: string): string {
  return printable(text.replaceAll("\t", " "));
}

/** How many columns a terminal needs for a text. */
function widthOf(text: string): number {
  let width = 0;
  for (const character of text) {
    width += /\p{Mark}/u.test(character) ? 0 : eastAsianWidth(character.codePointAt(0) ?? 0);
  }
  return width;
}
