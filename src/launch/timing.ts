/**
 * Measures the stages of a launch.
 */

import type { Host } from "../host.ts";

/** The stages of a launch in order; `start` ends before the program's first line. */
export type Stage =
  | "start"
  | "request"
  | "file"
  | "prepared"
  | "JSON"
  | "validation"
  | "resolve"
  | "graph"
  | "emit"
  | "command"
  | "flags";

/** Called at the end of a stage. */
export type Lap = (stage: Stage) => void;

/** For a launch that is not timed. */
export const NO_LAPS: Lap = () => {};

/** Measures stages, from the start of the process on. */
export class Stopwatch {
  private readonly laps: (readonly [Stage, number])[];
  private last: number;

  constructor(private readonly host: Host) {
    this.last = host.now();
    this.laps = [["start", this.last]];
  }

  readonly lap: Lap = (stage) => {
    const now = this.host.now();
    this.laps.push([stage, now - this.last]);
    this.last = now;
  };

  /** The stages and their sum, in whole microseconds. */
  toString(): string {
    const stages = this.laps.map(([stage, time]) => `${stage} ${Math.round(time)}`);
    return `${stages.join(", ")}; ${Math.round(this.last)} microseconds`;
  }
}
