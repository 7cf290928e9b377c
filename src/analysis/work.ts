/**
 * Work limits of analyses: some questions about conditions cannot be answered in reasonable time, and an analysis that gives up
 * reports it.
 */

/** Thrown if an analysis gives up; the message says why, as in "it was cut short, ...". */
export class CutShort extends Error {}

/** Counts steps: each is a small, bounded piece of work, such as deciding a condition for partly known words. */
export class Work {
  private done = 0;

  /** @param most the limit, in steps */
  constructor(readonly most: number) {}

  get steps(): number {
    return this.done;
  }

  /** The number of steps left. */
  get left(): number {
    return Math.max(0, this.most - this.done);
  }

  /** Counts steps that were already made. */
  spend(count: number): void {
    this.done += count;
  }

  /** @throws CutShort if the limit is exceeded */
  step(count = 1): void {
    this.done += count;
    if (this.done > this.most) {
      throw new CutShort(`after ${this.most} steps`);
    }
  }
}
