/**
 * What `simulate --trace` shows of a call: the place in the profile that decides it, and the instructions that the filter executes.
 */

import { decidingOf } from "../../audit/deciding.ts";
import { annotate } from "../../bpf/annotate.ts";
import { assemblyLines } from "../../bpf/assembly.ts";
import type { Instructions } from "../../bpf/decode.ts";
import { interpret, type Step } from "../../bpf/interpret.ts";
import { printable } from "../../bytes.ts";
import type { Position } from "../../diagnostic.ts";
import type { LintInput } from "../../lint/input.ts";
import type { Call } from "../../policy/policy.ts";
import type { Verdict } from "../../policy/verdict.ts";
import type { Architecture } from "../../tables/architectures.ts";
import { whereIn } from "../render.ts";

/** An executed instruction. */
export interface TracedInstruction {
  readonly at: number;
  /** In the syntax of bpf_asm. */
  readonly text: string;
  /** What it is about, in words; empty: unknown. */
  readonly comment: string;
  /** Of a test: whether it holds. */
  readonly holds: boolean | undefined;
  /** The accumulator after it. */
  readonly accumulator: number;
}

/** The place that decides a call. */
export interface DecidingPlace {
  /** For example "rule for mkdir". */
  readonly what: string;
  readonly profile: string;
  readonly position: Position | undefined;
  /** A JSON pointer (RFC 6901). */
  readonly pointer: string;
}

export interface Trace {
  /** Undefined for a raw filter. */
  readonly decidedBy: DecidingPlace | undefined;
  readonly instructions: readonly TracedInstruction[];
}

/** The profile that a filter was compiled from. */
export interface Origin {
  readonly label: string;
  readonly input: LintInput;
  /** The position of a place, by its JSON pointer. */
  readonly locate: (pointer: string) => Position | undefined;
}

/** Traces calls through a filter. */
export class Tracer {
  private readonly lines: readonly string[];
  private readonly notes: readonly string[];

  /** @param origin undefined: a raw filter */
  constructor(
    private readonly instructions: Instructions,
    private readonly arch: Architecture,
    private readonly origin: Origin | undefined,
  ) {
    this.lines = assemblyLines(instructions).map(({ text }) => text);
    this.notes = annotate(instructions, arch);
  }

  /** @param verdict that of the profile, or of the filter if there is none */
  trace(call: Call, verdict: Verdict): Trace {
    const steps: Step[] = [];
    interpret(this.instructions, call, this.arch.bigEndian, steps);
    return {
      decidedBy: this.origin && decidedBy(this.origin, call, verdict),
      instructions: steps.map((step, i) => this.shown(step, steps[i + 1])),
    };
  }

  private shown({ at, accumulator }: Step, next: Step | undefined): TracedInstruction {
    const instruction = this.instructions[at];
    return {
      at,
      text: this.lines[at] ?? "",
      comment: this.notes[at] ?? "",
      // A test whose branches lead to the same place says nothing.
      holds:
        instruction?.kind === "branch" && instruction.holds !== instruction.fails
          ? next?.at === instruction.holds
          : undefined,
      accumulator: next?.accumulator ?? accumulator,
    };
  }
}

function decidedBy({ label, input, locate }: Origin, call: Call, verdict: Verdict): DecidingPlace {
  const { what, pointer } = decidingOf(input, call, verdict);
  return { what, profile: label, position: locate(pointer), pointer };
}

/** The lines below a verdict. */
export function traceText({ decidedBy: place, instructions }: Trace): string {
  const width = Math.max(...instructions.map(({ text }) => text.length));
  const head =
    place === undefined
      ? ""
      : `  ${printable(place.position === undefined ? place.profile : `${place.profile}:${whereIn("", place.position)}`)}: ${printable(place.what)}\n`;
  const lines = instructions.map((one) => {
    const start = `  ${String(one.at).padStart(4)}  ${one.text}`;
    const note = noteOf(one);
    return note === "" ? `${start}\n` : `${start.padEnd(width + 8)} ; ${note}\n`;
  });
  return head + lines.join("");
}

function noteOf({ text, comment, holds, accumulator }: TracedInstruction): string {
  if (holds !== undefined) {
    const order = text.startsWith("jge ") ? "at least " : text.startsWith("jgt ") ? "above " : "";
    return `${comment === "" ? "" : `${order}${comment}? `}${holds ? "yes" : "no"}`;
  }
  return text.startsWith("ld ") ? `${comment}: 0x${accumulator.toString(16)}` : comment;
}

/** As a member of a JSON object. */
export function traceMember({ decidedBy: place, instructions }: Trace): object {
  return {
    decidedBy: place && {
      what: place.what,
      profile: place.profile,
      line: place.position?.line,
      column: place.position?.column,
      pointer: place.pointer,
    },
    instructions: instructions.map(({ at, text, comment, holds, accumulator }) => ({
      at,
      text,
      comment: comment === "" ? null : comment,
      holds,
      accumulator,
    })),
  };
}
