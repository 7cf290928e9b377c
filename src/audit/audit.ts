/**
 * The supervisor of an audited command: names each call that the profile denies, and answers it.
 */

import { decode } from "../bpf/decode.ts";
import { interpret } from "../bpf/interpret.ts";
import { EXEC_MARK, MARKED } from "../bpf/supervised.ts";
import { printable } from "../bytes.ts";
import { type ReadableCall, readableCall, type TaskMemory } from "../calls/readable.ts";
import type { Position } from "../diagnostic.ts";
import { type CallEvent, FOR_EVER, type Host, PROCEED } from "../host.ts";
import type { Audited } from "../launch/audit.ts";
import { programOf } from "../launch/auditing.ts";
import { complainsOnly } from "../launch/complaining.ts";
import type { LintInput } from "../lint/input.ts";
import { ENOSYS } from "../load/errno.ts";
import type { ExactReading } from "../load/exact-reading.ts";
import { unknownSyscalls } from "../load/target.ts";
import type { Call } from "../policy/policy.ts";
import { readPolicy } from "../policy/read-policy.ts";
import { actionOf, formatVerdict, type Verdict } from "../policy/verdict.ts";
import {
  type Architecture,
  architectureByName,
  architectureOfCall,
  architectures,
} from "../tables/architectures.ts";
import { errnoName } from "../tables/errnos.ts";
import { SECCOMP_RET_ALLOW, SECCOMP_RET_KILL_PROCESS } from "../tables/seccomp.ts";
import { decidingOf } from "./deciding.ts";
import { JSON_LINES, type Lines, type Named, TEXT } from "./lines.ts";
import { Log } from "./log.ts";
import { readTask, SIGSYS, type Task } from "./task.ts";
import { comparedArguments, type Outcome, outcomeOf } from "./verdict.ts";

const SIGKILL = 9;

/**
 * Names and answers calls until the last task under the filter has ended.
 *
 * @returns the exit status of the supervisor, which nobody sees
 */
export function auditDenials(host: Host, audited: Audited, reading: ExactReading): number {
  new Auditor(host, audited, reading).run();
  return 0;
}

/** How a task is killed. */
interface Death {
  readonly task: Task;
  /** The signal by which it ends. */
  readonly signal: "SIGSYS" | "SIGKILL";
  /** Undefined: by that signal from outside; else by the filter, for an execve(2) with this mark: {@link MARKED}. */
  readonly marked: number | undefined;
}

/** What decides a call, and where it is written. */
interface Decided {
  readonly what: string;
  readonly position: Position | undefined;
}

class Auditor {
  private readonly native: Architecture;
  private readonly lines: Lines;
  private readonly log: Log;
  private readonly complains: boolean;
  private readonly compared: number;
  private readonly instructions;
  /** The calls that may be repeated, by their numbers. */
  private readonly remembered = new Map<number, { readonly named: Named; count: number }>();
  private readonly label: string;
  private calls = 0;
  private time = 0;
  private profile: LintInput | undefined;
  /** What decides calls whatever their arguments, by architecture and number. */
  private readonly decided = new Map<string, Decided>();
  /** By JSON pointer. */
  private readonly positions = new Map<string, Position | undefined>();

  constructor(
    private readonly host: Host,
    private readonly audited: Audited,
    private readonly reading: ExactReading,
  ) {
    this.native = architectureByName(audited.machine.arch) as Architecture;
    this.lines = audited.options["--audit"] === true ? TEXT : JSON_LINES;
    this.log = new Log((text) => host.log(text), this.lines.missing);
    this.label = printable(audited.profile.label);
    this.complains = complainsOnly(audited.options);
    const program = programOf(audited.filter);
    this.compared = comparedArguments(program);
    this.instructions = decode(program);
  }

  run(): void {
    for (let event = this.audited.first; ; event = this.host.nextEvent(FOR_EVER)) {
      if ("time" in event) {
        this.time = event.time;
      }
      switch (event.kind) {
        case "call":
          this.judge(event);
          break;
        case "repeated":
          this.again(event.number, event.count);
          break;
        case "ended": {
          this.reportRepeated(false);
          this.log.finish(this.time);
          const { leftOut, lost } = this.log;
          const ended = this.lines.ended({ calls: this.calls, leftOut, lost }, this.time);
          if (ended !== undefined) {
            this.host.log(ended);
          }
          return;
        }
        default:
          break;
      }
    }
  }

  private judge(event: CallEvent): void {
    const call: Call = {
      arch: event.arch,
      nr: event.nr,
      args: event.args.map((digits) => BigInt(`0x${digits}`)),
    };
    const verdict = interpret(this.instructions, call, this.native.bigEndian).verdict;
    if (actionOf(verdict) === SECCOMP_RET_ALLOW) {
      // An execve(2) with the launcher's mark: the shell's, for a script without "#!", or the command's own.
      this.host.answer(PROCEED);
      return;
    }
    this.calls += 1;
    const outcome = outcomeOf(verdict, this.complains);
    const death = outcome.kind === "killed" ? this.deathOf(event, verdict) : undefined;
    const named = this.log.admits(event.time) ? this.named(event, call, verdict, outcome, death) : undefined;
    const isWritten = named !== undefined && this.log.line(this.lines.named(named), event.time);
    if (outcome.kind === "killed") {
      this.kill(event, death as Death, named);
      return;
    }
    // A call that no line names is not remembered: a count of it would say nothing, and the next one may have its line.
    const masks = isWritten ? this.masksOf(named.call) : undefined;
    if (isWritten) {
      this.remembered.set(event.number, { named, count: 1 });
    }
    if (this.host.answer(outcome.kind === "allowed" ? PROCEED : outcome.errno, masks)) {
      this.reportRepeated(true);
      this.remembered.clear();
    }
  }

  /** undefined if the task does not wait any more: what was read may be anything. */
  private named(
    event: CallEvent,
    call: Call,
    verdict: Verdict,
    outcome: Outcome,
    death: Death | undefined,
  ): Named | undefined {
    const memory: TaskMemory = {
      read: (address, length, toNul) => {
        const bytes = this.host.readTask(address.toString(16), length, toNul);
        return typeof bytes === "string" ? bytes : undefined;
      },
    };
    const arch = architectureOfCall(architectures, event.arch, event.nr) ?? this.native;
    const readable = readableCall(arch, event.nr, call.args, memory);
    if (!this.host.isWaiting()) {
      return undefined;
    }
    const { what, position } = this.deciding(call, verdict);
    return {
      id: event.number,
      time: event.time,
      task: death?.task ?? readTask(event.tid, event.status),
      arch: arch.name,
      isNative: arch.name === this.native.name,
      number: event.nr,
      call: readable,
      verdict: formatVerdict(verdict, arch),
      outcome,
      errnoName:
        outcome.kind === "denied" ? (errnoName(outcome.errno, arch) ?? String(outcome.errno)) : undefined,
      signal: death?.signal,
      profile: this.label,
      position,
      by: what,
    };
  }

  private deciding(call: Call, verdict: Verdict): Decided {
    const key = `${call.arch} ${call.nr}`;
    const known = this.decided.get(key);
    if (known !== undefined) {
      return known;
    }
    this.profile ??= this.readProfile();
    if (this.profile === undefined) {
      return { what: "the profile", position: undefined };
    }
    const { what, pointer, byArguments } = decidingOf(this.profile, call, verdict);
    const position = this.positions.get(pointer) ?? this.reading.locate(this.audited.profile.label, pointer);
    this.positions.set(pointer, position);
    const decided = { what, position };
    if (!byArguments) {
      this.decided.set(key, decided);
    }
    return decided;
  }

  private readProfile(): LintInput | undefined {
    const { profile, machine, options, wideArguments } = this.audited;
    const read = this.reading.readProfile(profile);
    const target = { arch: this.native, kernel: machine.kernel, caps: machine.caps };
    const { policy } = readPolicy(read, target, { unknownSyscalls: unknownSyscalls(options), wideArguments });
    if (policy === undefined || read.profile === undefined) {
      return undefined;
    }
    return { profile: read.profile, policy, installed: policy, target, engines: [] };
  }

  /** How a task can be killed from outside: docs/decisions/0021-killing-from-outside.md. */
  private deathOf(event: CallEvent, verdict: Verdict): Death {
    const task = readTask(event.tid, event.status);
    const wholeProcess = actionOf(verdict) === SECCOMP_RET_KILL_PROCESS;
    const isAlone = wholeProcess || task.threads === 1;
    const obeysSigsys = task.diesOfSigsys && !task.isFirst;
    if (obeysSigsys && isAlone) {
      return { task, signal: "SIGSYS", marked: undefined };
    }
    // A 32-bit call is made by another instruction, with other numbers.
    if (event.arch === this.native.token && this.host.seizeTask(event.tid) === 0) {
      return { task, signal: "SIGSYS", marked: wholeProcess ? MARKED.killProcess : MARKED.killThread };
    }
    return { task, signal: obeysSigsys ? "SIGSYS" : "SIGKILL", marked: undefined };
  }

  /** Kills the task of the last event. Its call fails in any case. */
  private kill(event: CallEvent, death: Death, named: Named | undefined): void {
    const { marked } = death;
    // Another task may have the number of one that has ended.
    if (marked === undefined && this.host.isWaiting()) {
      const errno = this.end(death);
      if (errno !== 0 && named !== undefined) {
        this.log.line(this.lines.survived(named, this.host.errorMessage(errno), event.time), event.time);
      }
    }
    this.host.answer(ENOSYS);
    const died =
      marked === undefined ? this.host.isDying(event.tid) : this.host.killTask(event.tid, EXEC_MARK, marked);
    if (!died) {
      // A tracer, a handler or another thread came between.
      this.end({ ...death, signal: "SIGKILL" });
    }
  }

  /** 0, or the errno of what failed. */
  private end({ task, signal }: Death): number {
    const mayBeFirst = task.isFirst || task.process === undefined;
    const errno = mayBeFirst ? this.host.endFirstProcess(task.thread) : undefined;
    if (errno === 0 || (errno !== undefined && task.isFirst && task.isNeighbour)) {
      return errno;
    }
    return this.host.signalTask(task.process ?? 0, task.thread, signal === "SIGSYS" ? SIGSYS : SIGKILL);
  }

  /** What tells a call from others: what its line says, and what the filter looks at. */
  private masksOf(call: ReadableCall): number[] {
    const telling = call.telling | this.compared;
    const masks: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      const half = (telling & (1 << i)) === 0 ? 0 : 0xffffffff;
      masks.push(half, half);
    }
    return masks;
  }

  private again(number: number, count: number): void {
    const known = this.remembered.get(number);
    if (known === undefined) {
      return;
    }
    this.calls += count - known.count;
    known.count = count;
    if (this.log.admits(this.time)) {
      this.log.line(this.lines.repeated(known.named, count, this.time), this.time);
    }
  }

  private reportRepeated(forget: boolean): void {
    const counts = this.host.repeated(forget);
    for (let i = 0; i < counts.length; i += 2) {
      this.again(counts[i] as number, counts[i + 1] as number);
    }
  }
}
