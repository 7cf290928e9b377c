/**
 * Launches a command whose denied calls are named: a supervisor receives them, names them, and answers what the profile says.
 */

import { EXEC_MARK } from "../bpf/supervised.ts";
import { decodeBytes, printable } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString, ExecRequest, Host, InstallFailure, SupervisionEvent } from "../host.ts";
import { EFAULT } from "../load/errno.ts";
import { attainable, kernelVersion } from "../load/target.ts";
import { capabilityBit } from "../tables/capabilities.ts";
import {
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_TSYNC,
  SECCOMP_FILTER_FLAG_TSYNC_ESRCH,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
} from "../tables/seccomp.ts";
import type { GivenOptions } from "../task/options.ts";
import type { Code, Confinement, Filter, Plan } from "./plan.ts";

/** What the supervisor of an audited command needs to know. */
export interface Audited extends Pick<Confinement<Filter>, "profile" | "machine"> {
  readonly options: GivenOptions;
  /** `Policy.wideArguments` */
  readonly wideArguments: boolean;
  /** The filter of the profile, which decides what is answered. */
  readonly filter: Filter;
  /** What happened first. */
  readonly first: SupervisionEvent;
}

declare global {
  // The launch bundle leaves this for the auditor, in the process that has become the supervisor.
  var audited: Audited | undefined;
}

/** The first kernel that tells a listener when the last task has ended (kernel/seccomp.c, commit 99cdb8b9a573). */
const LISTENERS_SINCE = 0x509;

/**
 * Checks whether an audit is possible, before anything is changed.
 *
 * @param audit the value of the option
 * @returns the plan's confinement, which there must be
 * @throws Refusal, also where there is no filter: else it would look as if nothing had been denied
 */
export function checkAudit(
  host: Host,
  audit: ByteString | true,
  { confinement, selection, status, noNewPrivs }: Plan,
): Confinement<Filter> {
  if (audit === "") {
    throw new Refusal(
      "--audit: the file's name is empty",
      "write --audit=FILE, or --audit for standard error",
    );
  }
  if (confinement === undefined) {
    throw new Refusal(
      `--audit: the command runs without a filter, by ${selection.decided.name}, so there is nothing to name`,
      "leave out --audit, or let the command have a profile",
    );
  }
  const mayTrace = (attainable(status, noNewPrivs || status.noNewPrivs) >> CAP_SYS_PTRACE) & 1n;
  if (host.pid() === 1 && mayTrace === 1n) {
    throw new Refusal(
      "--audit: the command could trace every process of this container (CAP_SYS_PTRACE), also the one that answers its denied calls",
      "start the container without that capability",
    );
  }
  checkListeners(host, "--audit");
  return confinement;
}

/** capabilities(7) */
const CAP_SYS_PTRACE = BigInt(capabilityBit("CAP_SYS_PTRACE"));

/**
 * Opens the log.
 *
 * @throws Refusal
 */
export function openLog(host: Host, audit: ByteString | true): void {
  const errno = host.openLog(audit === true ? "" : audit);
  if (errno !== 0) {
    const reason = host.errorMessage(errno);
    throw audit === true
      ? new Refusal(`--audit: standard error cannot be written to: ${reason}`, "write --audit=FILE")
      : new Refusal(`--audit: ${decodeBytes(audit)} cannot be opened: ${reason}`);
  }
}

/**
 * The line, at the beginning of the log, about denied calls that it will not name: else its silence would say that none was denied.
 * (As those of src/audit/lines.ts, which a launch does not load; without a time, since a launch has no clock.)
 *
 * @param verdicts `Compiler.unnamed`
 */
export function unnamedLine(audit: ByteString | true, label: string, verdicts: readonly string[]): string {
  const profile = printable(label);
  return audit === true
    ? `seccomp-exec: note: --audit does not name calls with the verdict ${verdicts.join(" or ")} of ${profile}; --complain --audit does\n`
    : `${JSON.stringify({ version: 1, kind: "unnamed", verdicts, profile })}\n`;
}

/**
 * @param what needs a listener
 * @throws Refusal if the kernel cannot provide one
 */
export function checkListeners(host: Host, what: string): void {
  if (kernelVersion(host, {}, false) < LISTENERS_SINCE || !knows(host, SECCOMP_FILTER_FLAG_NEW_LISTENER)) {
    throw new Refusal(
      `${what}: this kernel (${host.kernelRelease()}) does not notify a supervisor of calls`,
      "Linux does since 5.9, unless a surrounding filter keeps it from this process",
    );
  }
}

function knows(host: Host, flags: number): boolean {
  return host.probeSeccompFlags(flags) === EFAULT;
}

/** The flags of a filter, with those that a listener needs. */
export function listenerFlags(host: Host, flags: number): number {
  const synchronised = (flags & SECCOMP_FILTER_FLAG_TSYNC) === 0 ? 0 : SECCOMP_FILTER_FLAG_TSYNC_ESRCH;
  const needed = flags | SECCOMP_FILTER_FLAG_NEW_LISTENER | synchronised;
  // Signals then wait for the answer, once the supervisor has received the call. Linux 5.19.
  const killable = needed | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;
  return knows(host, killable) ? killable : needed;
}

/**
 * Becomes the command, under the filter that asks the supervisor.
 *
 * @returns null in the supervisor; otherwise why there is no command
 */
export function launchAudited(host: Host, request: ExecRequest, filter: Code): InstallFailure | null {
  return host.launchSupervised({ ...request, filter, asParent: false, mark: EXEC_MARK });
}
