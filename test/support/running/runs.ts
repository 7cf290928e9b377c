/**
 * Remembers the last programs that a test has run, so that its failure can show what they said.
 */

/** A program that has ended. */
export interface Run {
  readonly command: readonly string[];
  /** The exit status, or null where a signal ended the process. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** How many are shown: what fails is mostly said of the last one, or of that one beside the one before it. */
const KEPT = 3;
/** How much of a text is shown, in UTF-16 units. */
const SHOWN = 2000;

let runs: Run[] = [];

/** Adds a program that the running test has run. */
export function record(run: Run): void {
  runs = [...runs.slice(1 - KEPT), run];
}

/** Forgets what was run before this test. */
export function forgetRuns(): void {
  runs = [];
}

/** What the failure of the running test shows: the last programs, the latest first; "" where there were none. */
export function lastRuns(): string {
  return [...runs]
    .reverse()
    .map((run) => `\n  it ran: ${describeRun(run)}`)
    .join("");
}

/** A program, how it ended, and what it said. */
export function describeRun({ command, status, signal, stdout, stderr }: Run): string {
  return [
    cut(command.map(quoted).join(" ")),
    signal === null ? `    status ${status}` : `    signal ${signal}`,
    `    stdout: ${cut(stdout)}`,
    `    stderr: ${cut(stderr)}`,
  ].join("\n");
}

function cut(text: string): string {
  const half = SHOWN / 2;
  return text.length <= SHOWN
    ? text
    : `${text.slice(0, half)} ... (of ${text.length} characters) ... ${text.slice(-half)}`;
}

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w%+,./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
