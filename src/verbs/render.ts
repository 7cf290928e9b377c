/**
 * Shows messages and diagnostics: what is wrong and where, the line of the text, and what to do about it.
 */

import { createColors } from "picocolors";
import { printable } from "../bytes.ts";
import type { Diagnostic, Position, Proof, Refusal, RelatedPlace, Severity } from "../diagnostic.ts";
import type { Host } from "../host.ts";
import { weightOf } from "../lint/weights.ts";
import type { ExactReading } from "../load/exact-reading.ts";
import { WIDE_ARGUMENTS_OPTION } from "../task/options.ts";
import { STANDARD_INPUT } from "./stream.ts";
import { hintOf } from "./suggest.ts";
import { unbroken, whole, widthOf } from "./wrap.ts";

/** How text is shown at its destination. */
export interface Style {
  /** Whether colours are used. */
  readonly colours: boolean;
  /** Whether the line is shown, with a caret below the position. */
  readonly excerpts: boolean;
  /** The columns of the terminal, if they are known. */
  readonly columns?: number | undefined;
}

/** A terminal gets excerpts, and colours unless NO_COLOR is set (no-color.org); everything else gets plain lines. */
export function styleFor(host: Host, fd: 1 | 2): Style {
  const terminal = host.isTerminal(fd);
  const wanted = (host.env("NO_COLOR") ?? "") === "" && host.env("TERM") !== "dumb";
  return { colours: terminal && wanted, excerpts: terminal, columns: columnsOf(host, fd) };
}

/**
 * The columns of the terminal to which a descriptor leads: COLUMNS if it is a number, as for git and Python's shutil.get_terminal_size(),
 * else what the terminal says. undefined for everything else, and if neither is known.
 */
export function columnsOf(host: Host, fd: 1 | 2): number | undefined {
  if (!host.isTerminal(fd)) {
    return undefined;
  }
  const given = host.env("COLUMNS") ?? "";
  return /^[1-9]\d{0,4}$/.test(given) ? Number(given) : host.terminalWidth(fd);
}

/** A diagnostic with its positions in the text. */
export interface Located {
  readonly label: string;
  readonly diagnostic: Diagnostic;
  readonly position: Position | undefined;
  /** The line of the diagnostic. */
  line(): string | undefined;
  readonly related: readonly (RelatedPlace & { readonly position: Position | undefined })[];
}

/** Looks up the position of a diagnostic. */
export function locate(reading: ExactReading, label: string, diagnostic: Diagnostic): Located {
  const position = reading.position(label, diagnostic);
  const { pointer } = diagnostic;
  return {
    label,
    diagnostic:
      pointer === undefined ? diagnostic : { ...diagnostic, pointer: reading.pointer(label, pointer) },
    position,
    line: () => (position === undefined ? undefined : reading.line(label, position.line)),
    related: (diagnostic.related ?? []).map(({ what, pointer: at }) => ({
      what,
      pointer: reading.pointer(label, at),
      position: reading.locate(label, at),
    })),
  };
}

/** A diagnostic as a launch prints it: every line carries the launcher's name. */
export function renderForLaunch(located: Located, style: Style): string {
  const { diagnostic } = located;
  const said = `${where(located.label, located.position)}: ${diagnostic.message}`;
  return `${renderMessage(diagnostic.severity, said)}${excerpt(located, style)}${hintLine(hintOf(diagnostic))}`;
}

/**
 * A diagnostic in the style of compilers, with its code.
 *
 * @param simulate for a report of `check`, which also shows the weight of a warning: options of `simulate` that make it judge so
 */
export function renderFinding(located: Located, style: Style, simulate?: readonly string[]): string {
  const { diagnostic, related, label } = located;
  const { severity, message, code } = diagnostic;
  const paint = createColors(style.colours);
  const head = `${paint.bold(printable(where(label, located.position)))}: ${coloured(severity, style)}: `;
  const hint = hintOf(diagnostic);
  return [
    `${head}${shown(message)} ${paint.dim(`[${code}]${simulate === undefined ? "" : weightWord(diagnostic)}`)}\n`,
    excerpt(located, style),
    ...related.map(({ what, position }) => `  ${printable(where(label, position))}: ${what}\n`),
    diagnostic.proof === undefined ? "" : proofLines(diagnostic.proof, label, simulate ?? [], style),
    hint === undefined ? "" : `  ${paint.cyan("hint")}: ${printable(hint)}\n`,
  ].join("");
}

/** The weight of a warning in words; the severity of other findings says it. */
function weightWord(diagnostic: Diagnostic): string {
  return diagnostic.severity === "warning" ? ` ${weightOf(diagnostic).replace("-", " ")}` : "";
}

/** Lines to paste into a shell, each with what to expect in a comment. */
function proofLines(proof: Proof, label: string, simulate: readonly string[], { colours }: Style): string {
  const paint = createColors(colours);
  const line = (name: string, text: string): string =>
    unbroken(`  ${paint.cyan(name)}: ${printable(text)}\n`);
  const simulated = line("proof", simulateLine(proof, label, simulate));
  // A launch reads no profile from standard input.
  return proof.command === undefined || !isNameForShell(label)
    ? simulated
    : `${simulated}${line("try", tryLine(proof, label))}`;
}

/**
 * Whether a label can be given to a shell as the name of the file: not standard input, which has the calls, and no name that is
 * shown escaped.
 */
function isNameForShell(label: string): boolean {
  return label !== STANDARD_INPUT && printable(label) === label && !label.includes("\\x");
}

/** The command line by which `simulate` judges the call of a proof. */
export function simulateLine(
  { through, denied, wideArguments }: Proof,
  label: string,
  options: readonly string[],
): string {
  const all = [...options, ...(wideArguments === true ? [WIDE_ARGUMENTS_OPTION.name] : [])];
  const file = isNameForShell(label) ? quoted(label) : "FILE";
  const instead = denied === undefined ? "" : `, unlike '${denied}'`;
  return `echo '${through}' | ${["seccomp-exec", "simulate", ...all, file].join(" ")}  # lets it through${instead}`;
}

/** The command line, for a shell, that makes the call of a proof under the profile. */
function tryLine({ command = [], wideArguments }: Proof, label: string): string {
  const options = ["--profile", label, ...(wideArguments === true ? [WIDE_ARGUMENTS_OPTION.name] : [])];
  const words = ["seccomp-exec", ...options, "--", ...command].map(quoted).join(" ");
  // An empty path: src/lint/proof.ts.
  const expected = command.some((word) => word.includes('= "";'))
    ? "'No such file or directory': the call was made"
    : "'done', or what the kernel answers: the call was made";
  return `${words}  # ${expected}`;
}

/** A word as a shell reads it. */
export function quoted(word: string): string {
  return /^[\w./:=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
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
  return whole(position === undefined ? label : `${label}:${whereIn(label, position)}`);
}

/** A position in a text, as LINE:COLUMN; the label of the text if there is none. */
export function whereIn(label: string, position: Position | undefined): string {
  return position === undefined ? label : `${position.line}:${position.column}`;
}

/** The lines of a message that is not about a text. */
export function renderMessage(severity: Severity, message: string, hint?: string): string {
  return `seccomp-exec: ${severity}: ${shown(message)}\n${hintLine(hint)}`;
}

/** The lines of a refusal: why, and what to do about it. */
export function renderRefusal(refusal: Refusal): string {
  return renderMessage("error", refusal.message, hintOf(refusal));
}

/** Maximum length of a message: it may quote a word of the input, which may have any length. */
const MAX_MESSAGE_LENGTH = 600;

function shown(message: string): string {
  return printable(shortened(message));
}

/** A message without the end of a very long one. */
export function shortened(message: string): string {
  return message.length > MAX_MESSAGE_LENGTH ? `${message.slice(0, MAX_MESSAGE_LENGTH)}...` : message;
}

function hintLine(hint: string | undefined): string {
  return hint === undefined ? "" : `seccomp-exec: hint: ${printable(hint)}\n`;
}

/** Maximum number of columns shown of a line, and the least. */
const WIDEST = 100;
const NARROWEST = 20;

/** The columns around the number of a line. */
const FRAME = " ".length + " | ".length;

/** The line, and carets below the part that is meant. */
function excerpt({ position, line: lineOf, diagnostic }: Located, style: Style): string {
  const line = style.excerpts ? lineOf() : undefined;
  if (position === undefined || line === undefined) {
    return "";
  }
  const paint = createColors(style.colours);
  const at = position.column - 1;
  const number = String(position.line);
  const widest = Math.max(NARROWEST, Math.min(WIDEST, (style.columns ?? WIDEST) - number.length - FRAME));
  // Of a long line, show the part around the position.
  const from = at < widest / 2 ? 0 : at - Math.floor(widest / 4);
  const text = line.slice(from, from + widest);
  const before = line.slice(from, at);
  const marked = line.slice(at, Math.min(at + (position.length ?? 1), from + widest));
  const margin = " ".repeat(number.length);
  const carets = "^".repeat(Math.max(1, widthOf(visible(marked))));
  const underline = diagnostic.severity === "error" ? paint.red(carets) : paint.yellow(carets);
  return unbroken(
    ` ${number} | ${visible(text)}\n ${margin} | ${" ".repeat(widthOf(visible(before)))}${underline}\n`,
  );
}

/** Makes text safe for a terminal: tabs become one space, control characters are made visible. */
function visible(text: string): string {
  return printable(text.replaceAll("\t", " "));
}
