/**
 * The log of an audit: bounded, and never in the way of a task.
 */

/** Writes text: 0 if all of it was written, -1 if a part, else an errno: `HostSupervision.log`. */
export type Write = (text: string) => number;

/** Lines that may be written at once, and lines a second after that. */
export const MAX_BURST = 10_000;
export const LINES_A_SECOND = 10;

/** What is said about lines that are not there. */
export type Missing = (leftOut: number, lost: number, time: number) => string;

export class Log {
  private tokens = MAX_BURST;
  private since: number | undefined;
  private torn = false;
  /** Lines that are not there and not yet mentioned. */
  private unmentioned = { leftOut: 0, lost: 0 };
  /** Lines that were left out because there were too many, in all. */
  leftOut = 0;
  /** Lines that could not be written, in all. */
  lost = 0;

  /** @param missing the line that says how many lines are not there */
  constructor(
    private readonly write: Write,
    private readonly missing: Missing,
  ) {}

  /**
   * Whether there is room for a line at that time (microseconds). If not, it counts as left out.
   */
  admits(time: number): boolean {
    // A clock that is set back gives no room, and takes none.
    const passed = Math.max(0, time - (this.since ?? time));
    this.since = time;
    this.tokens = Math.min(MAX_BURST, this.tokens + (passed * LINES_A_SECOND) / 1e6);
    if (this.tokens >= 1) {
      return true;
    }
    this.leftOut += 1;
    this.unmentioned.leftOut += 1;
    return false;
  }

  /**
   * Writes a line, which ends with a line break.
   *
   * @returns whether it was written
   */
  line(text: string, time: number): boolean {
    this.tokens -= 1;
    const { leftOut, lost } = this.unmentioned;
    if (leftOut + lost > 0 && this.put(this.missing(leftOut, lost, time))) {
      this.unmentioned = { leftOut: 0, lost: 0 };
    }
    const written = this.put(text);
    if (!written) {
      this.lost += 1;
      this.unmentioned.lost += 1;
    }
    return written;
  }

  /** Says how many lines are missing that nothing has mentioned yet. */
  finish(time: number): void {
    const { leftOut, lost } = this.unmentioned;
    if (leftOut + lost > 0) {
      this.put(this.missing(leftOut, lost, time));
    }
  }

  /** @returns whether all of it was written */
  private put(text: string): boolean {
    // After a part of a line, the next one would be appended to it.
    const whole = this.torn ? `\n${text}` : text;
    const written = this.write(whole);
    if (written <= 0) {
      this.torn = written === TORN;
    }
    return written === WHOLE;
  }
}

/** Results of a write. */
const WHOLE = 0;
const TORN = -1;
