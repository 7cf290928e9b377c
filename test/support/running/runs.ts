/**
 * Records the last programs that a test ran, so that its failure can show their output.
 */

/** A program that has ended. */
export interface Run {
  readonly command: readonly string[];
  /** The exit status, or null if a signal ended the process. */
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** The number of runs shown: a failure mostly concerns the last one, or the last two together. */
const KEPT = 3;
/** The length of a text that is shown, in UTF-16 units. */
const SHOWN = 2000;

let runs: Run[] = [];

/** Records a program that the running test ran. */
export function record(run: Run): void {
  runs = [...runs.slice(1 - KEPT), run];
}

/** Forgets the runs of earlier tests. */
export function forgetRuns(): void {
  runs = [];
}

/** The text that a failure of the running test adds: the last runs, the latest first; "" if there are none. */
export function lastRuns(): string {
  return [...runs]
    .reverse()
    .map((run) => `\n  it ran: ${describeRun(run)}`)
    .join("");
}

/** A program, how it ended, and its output. */
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

/** A word, quoted for a shell. */
function quoted(word: string): string {
  return /^[\w%+,./:=@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
