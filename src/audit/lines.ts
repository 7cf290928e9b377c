/**
 * The lines of an audit: as text for people, or as JSON.
 */

import { formatReadable, type ReadableCall } from "../calls/readable.ts";
import type { Position } from "../diagnostic.ts";
import type { Task } from "./task.ts";
import type { Outcome } from "./verdict.ts";

/** The version of the JSON lines: docs/denials.md. */
export const LINES_VERSION = 1;

/** A call that the profile denies or logs. All texts are printable. */
export interface Named {
  /** Counts the calls, from 0. */
  readonly id: number;
  /** Microseconds since 1970. */
  readonly time: number;
  readonly task: Task;
  readonly arch: string;
  readonly isNative: boolean;
  readonly number: number;
  readonly call: ReadableCall;
  /** For example `ERRNO(EPERM)`. */
  readonly verdict: string;
  readonly outcome: Outcome;
  /** The name of the errno, or its number, of a denied call. */
  readonly errnoName: string | undefined;
  /** How its process ends, of a killed one. */
  readonly signal: "SIGSYS" | "SIGKILL" | undefined;
  readonly profile: string;
  readonly position: Position | undefined;
  /** What in the profile decided. */
  readonly by: string;
}

/** What the supervisor counted. */
export interface Totals {
  readonly calls: number;
  readonly leftOut: number;
  readonly lost: number;
}

/** How lines are written. */
export interface Lines {
  named(named: Named): string;
  repeated(named: Named, count: number, time: number): string;
  /** The task was to end and could not be ended. */
  survived(named: Named, reason: string, time: number): string;
  missing(leftOut: number, lost: number, time: number): string;
  /** undefined: nothing is to be said. */
  ended(totals: Totals, time: number): string | undefined;
}

export const TEXT: Lines = {
  named: (named) =>
    text(
      named.time,
      `${taskText(named.task)}: ${callText(named)} = ${resultText(named)}, by ${placeText(named)}`,
    ),
  repeated: (named, count, time) =>
    text(time, `${taskText(named.task)}: ${callText(named)} was made ${count} times so far`),
  survived: (named, reason, time) =>
    text(time, `${taskText(named.task)}: it could not be ended, and its call fails with ENOSYS: ${reason}`),
  missing: (leftOut, lost, time) => text(time, missingText(leftOut, lost)),
  ended: () => undefined,
};

export const JSON_LINES: Lines = {
  named: (named) =>
    json(named.time, KINDS[named.outcome.kind], {
      id: named.id,
      process: named.task.process ?? named.task.thread,
      thread: named.task.thread,
      command: named.task.command,
      arch: named.arch,
      syscall: named.call.name,
      number: named.number,
      arguments: named.call.arguments.map(({ name, value, text: shown }) => ({
        name,
        value: `0x${value.toString(16)}`,
        text: shown,
      })),
      verdict: named.verdict,
      ...(named.errnoName === undefined ? {} : { errno: named.errnoName }),
      ...(named.signal === undefined ? {} : { signal: named.signal }),
      profile: named.profile,
      ...(named.position === undefined ? {} : { line: named.position.line, column: named.position.column }),
      by: named.by,
    }),
  repeated: ({ id }, count, time) => json(time, "repeated", { id, count }),
  survived: ({ id }, reason, time) => json(time, "survived", { id, errno: "ENOSYS", reason }),
  missing: (leftOut, lost, time) => json(time, "missing", { leftOut, lost }),
  ended: (totals, time) => json(time, "ended", { ...totals }),
};

const KINDS = { allowed: "allowed", denied: "denied", killed: "killed" } as const;

function json(time: number, kind: string, rest: object): string {
  return `${JSON.stringify({ version: LINES_VERSION, kind, time: isoTime(time), ...rest })}\n`;
}

function text(time: number, said: string): string {
  return `seccomp-exec: ${isoTime(time)} ${said}\n`;
}

/** RFC 3339, in UTC, with microseconds. */
function isoTime(time: number): string {
  const milliseconds = Math.floor(time / 1000);
  const micro = String(Math.floor(time) % 1000).padStart(3, "0");
  return new Date(milliseconds).toISOString().replace("Z", `${micro}Z`);
}

function taskText({ command, process, thread }: Task): string {
  return process === undefined || process === thread
    ? `${command}[${thread}]`
    : `${command}[${process}, thread ${thread}]`;
}

function callText({ call, arch, isNative }: Named): string {
  return isNative ? formatReadable(call) : `${arch} ${formatReadable(call)}`;
}

function resultText({ outcome, errnoName, signal, verdict }: Named): string {
  switch (outcome.kind) {
    case "denied":
      return errnoName ?? "";
    case "killed":
      return `${verdict}, ends by ${signal}`;
    case "allowed":
      return `allowed, verdict ${verdict}`;
  }
}

function placeText({ profile, position, by }: Named): string {
  return position === undefined
    ? `${profile}: ${by}`
    : `${profile}:${position.line}:${position.column}: ${by}`;
}

function missingText(leftOut: number, lost: number): string {
  const parts = [
    ...(leftOut === 0 ? [] : [`${leftOut} calls were not named: there were too many at once`]),
    ...(lost === 0 ? [] : [`${lost} lines could not be written`]),
  ];
  return parts.join("; ");
}
