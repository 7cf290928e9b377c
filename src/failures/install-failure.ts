/**
 * Explains why the kernel did not take the filter, which an errno alone does not show.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { Host, InstallFailure } from "../host.ts";
import type { Agent } from "../launch/listener.ts";
import {
  EACCES,
  EAGAIN,
  EBUSY,
  ECONNREFUSED,
  EFAULT,
  EINVAL,
  EMFILE,
  ENFILE,
  ENOENT,
  ENOMEM,
  ENOSYS,
  ENXIO,
  EPROTOTYPE,
  ESRCH,
} from "../load/errno.ts";
import {
  SECCOMP_FILTER_FLAG_NEW_LISTENER,
  SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV,
} from "../tables/seccomp.ts";
import { seccompOf } from "./surroundings.ts";

const NOTIFYING = SECCOMP_FILTER_FLAG_NEW_LISTENER | SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV;

/** Turns the failure of a native call into a refusal with a hint. */
export function explainInstallFailure(
  host: Host,
  failure: InstallFailure,
  flags: number,
  agent?: Agent,
): Refusal {
  const reason = host.errorMessage(failure.errno);
  if (failure.step === "agent" && agent !== undefined) {
    return explainNoAgent(host, failure.errno, agent);
  }
  if (failure.step === "no_new_privs") {
    return new Refusal(`no_new_privs cannot be set: ${reason}`);
  }
  if (failure.step === "namespace") {
    return new Refusal(
      "the supervisor would be the first process of a new PID namespace, and the command has to be",
      "run seccomp-exec itself in that namespace: unshare --pid --fork",
    );
  }
  if (failure.step === "supervisor") {
    return explainSupervisor(host, failure, reason);
  }
  switch (failure.errno) {
    case 0:
      // For a null or empty filter, which the kernel refuses.
      return new Refusal(
        "seccomp(2) reports success, but has not installed the filter",
        "a filter of the caller, or a tracer of this process, answers instead of the kernel",
      );
    case EACCES:
      return new Refusal(
        `the kernel does not take a filter from this process: ${reason}`,
        "it needs CAP_SYS_ADMIN or no_new_privs: give --no-new-privs",
      );
    case EBUSY:
      return new Refusal(
        "this process is under a filter with a listener already, and the kernel takes only one for a task",
        "a launch with --audit, record, or an agent for SCMP_ACT_NOTIFY is around this one: start the command outside of it",
      );
    case EINVAL:
      return explainInvalid(host, flags);
    case ENOMEM:
      return new Refusal(
        "the kernel has no room for the filter, or this process already carries too many filters",
        "the limit is 32768 instructions for all filters together",
      );
    case ENOSYS:
      return notThere(host, reason);
    default:
      return (
        explainListener(failure.errno, flags, reason) ??
        refusedByOthers(host, reason) ??
        new Refusal(`the kernel refuses the filter: ${reason}`)
      );
  }
}

/** Why the filter gets no listener. */
function explainListener(errno: number, flags: number, reason: string): Refusal | undefined {
  if ((flags & SECCOMP_FILTER_FLAG_NEW_LISTENER) === 0) {
    return undefined;
  }
  switch (errno) {
    case EMFILE:
    case ENFILE:
      return new Refusal(
        `there is no file descriptor for the listener: ${reason}`,
        "raise the limit of open files (ulimit -n)",
      );
    default:
      return undefined;
  }
}

/** Why the process that answers notifications cannot be started. */
function explainSupervisor(host: Host, { call, errno }: InstallFailure, reason: string): Refusal {
  const what = "the supervisor of the command cannot be started";
  if (call === "clone(2)" && errno === EAGAIN) {
    return new Refusal(
      `${what}: ${reason}`,
      "raise the limit of processes (ulimit -u, or the control group's)",
    );
  }
  if (call === undefined && errno === ESRCH) {
    return new Refusal(
      `${what}: it ended at once`,
      "a filter that is in force already seems to end it for one of its calls",
    );
  }
  const refused = call === undefined ? reason : `${call}: ${reason}`;
  return seccompOf(host).mode === "2"
    ? new Refusal(
        `${what}, perhaps for a filter that is in force already: ${refused}`,
        "allow that call in the profile of the surrounding container or service",
      )
    : new Refusal(`${what}: ${refused}`);
}

/** Why a seccomp agent cannot be reached: connect(2), unix(7). */
function explainNoAgent(host: Host, errno: number, { path, source }: Agent): Refusal {
  const shown = decodeBytes(path);
  const start = "start the agent before the command";
  switch (errno) {
    case ENOENT:
      return new Refusal(`${source}: nobody listens: the socket ${shown} does not exist`, start);
    case ECONNREFUSED:
      // open(2) fails so for a socket.
      return host.readFile(path, 0).errno === ENXIO
        ? new Refusal(`${source}: nobody listens on the socket ${shown}`, start)
        : new Refusal(`${source}: ${shown} is not a socket`, "name the Unix socket of a seccomp agent");
    case EPROTOTYPE:
      return new Refusal(
        `${source}: ${shown} is a socket of another type than SOCK_STREAM`,
        "the runtime-spec wants a stream",
      );
    default:
      return new Refusal(
        `${source}: the seccomp agent at ${shown} cannot be reached: ${host.errorMessage(errno)}`,
      );
  }
}

/** What refuses seccomp(2) if not the kernel; undefined if unknown. */
function refusedByOthers(host: Host, reason: string): Refusal | undefined {
  const { mode, emulator, gvisor } = seccompOf(host);
  if (emulator !== undefined) {
    return new Refusal(
      `an emulator runs this program, which is for ${host.arch}, and it has no seccomp(2): ${emulator}`,
      "use an image, or a build of this program, for the machine itself",
    );
  }
  if (gvisor) {
    return new Refusal(
      `gVisor, which runs instead of the kernel, refuses seccomp(2): ${reason}`,
      "use a newer gVisor or another runtime (runc); gVisor itself confines the container",
    );
  }
  if (mode === "2") {
    return new Refusal(
      `a filter that is in force already refuses seccomp(2): ${reason}`,
      "allow seccomp in the profile of the surrounding container or service",
    );
  }
  return undefined;
}

/** ENOSYS */
function notThere(host: Host, reason: string): Refusal {
  const others = refusedByOthers(host, reason);
  if (others !== undefined) {
    return others;
  }
  const hint = "Linux has it since 3.17, with CONFIG_SECCOMP_FILTER";
  // Without /proc, it is unknown whether there is a filter.
  return seccompOf(host).mode === undefined
    ? new Refusal("this kernel has no seccomp(2), or a filter of the caller hides it", hint)
    : new Refusal(`this kernel (${host.kernelRelease()}) has no seccomp(2)`, hint);
}

/** EINVAL means an unknown flag, a kernel without filters, or a bad filter: finds out which. */
function explainInvalid(host: Host, flags: number): Refusal {
  if (host.probeSeccompFlags(0) !== EFAULT) {
    return (
      refusedByOthers(host, host.errorMessage(EINVAL)) ??
      new Refusal("this kernel was built without seccomp filters", "it needs CONFIG_SECCOMP_FILTER")
    );
  }
  if ((flags & NOTIFYING) === SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) {
    return new Refusal(
      "the kernel takes the flag SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV only for a filter with a listener",
      "remove it from 'flags'",
    );
  }
  if (host.probeSeccompFlags(flags) !== EFAULT) {
    const kernel = seccompOf(host).gvisor ? "gVisor, which runs instead of the kernel," : "this kernel";
    return new Refusal(
      `${kernel} does not know all of the flags that the profile asks for (0x${flags.toString(16)})`,
      "remove the unknown ones from 'flags'",
    );
  }
  return new Refusal(
    "the kernel refuses the filter as malformed",
    "this is a defect of seccomp-exec: please report it with the profile",
  );
}
