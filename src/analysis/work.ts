/**
 * How much an analysis may cost: some questions about conditions cannot be answered in any reasonable time, and an analysis
 * that gives up says so.
 */

/** Thrown where an analysis is given up; the message says why, as in "it was cut short, ...". */
export class CutShort extends Error {}

/** Counts steps: each is a small, bounded piece of work, such as holding a condition against what is known of a word. */
export class Work {
  private done = 0;

  /** @param most so many steps may be made */
  constructor(readonly most: number) {}

  get steps(): number {
    return this.done;
  }

  /** How many steps may still be made. */
  get left(): number {
    return Math.max(0, this.most - this.done);
  }

  /** Counts steps that have been made already. */
  spend(count: number): void {
    this.done += count;
  }

  /** @throws CutShort where these would be too many */
  step(count = 1): void {
    this.done += count;
    if (this.done > this.most) {
      throw new CutShort(`after ${this.most} steps`);
    }
  }
}
