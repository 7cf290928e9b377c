/**
 * Says why the kernel did not take the filter, which an errno alone does not tell.
 */

import { Refusal } from "../diagnostic.ts";
import type { Host, InstallFailure } from "../host.ts";
import { EACCES, EFAULT, EINVAL, ENOMEM, ENOSYS } from "../load/errno.ts";
import { SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV } from "../tables/seccomp.ts";
import { seccompOf } from "./surroundings.ts";

/** Turns the failure of a native call into a refusal that says what to do. */
export function explainInstallFailure(host: Host, failure: InstallFailure, flags: number): Refusal {
  const reason = host.errorMessage(failure.errno);
  if (failure.step === "no_new_privs") {
    return new Refusal(`no_new_privs cannot be set: ${reason}`);
  }
  switch (failure.errno) {
    case 0:
      // For a filter that is not there, or has no instructions, which the kernel refuses.
      return new Refusal(
        "seccomp(2) says that it has installed a filter, and has not",
        "a filter of the caller's, or who traces this process, answers in the kernel's place",
      );
    case EACCES:
      return new Refusal(
        `the kernel does not take a filter from this process: ${reason}`,
        "it needs CAP_SYS_ADMIN or no_new_privs: give --no-new-privs",
      );
    case EINVAL:
      return explainInvalid(host, flags);
    case ENOMEM:
      return new Refusal(
        "the kernel has no room for the filter, or this process already carries too many filters",
        "together they may have 32768 instructions",
      );
    case ENOSYS:
      return notThere(host, reason);
    default:
      return refusedByOthers(host, reason) ?? new Refusal(`the kernel refuses the filter: ${reason}`);
  }
}

/** Who else than the kernel refuses seccomp(2), where that can be told. */
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
      `gVisor, which is in the kernel's place, refuses seccomp(2): ${reason}`,
      "it needs a newer version of it, or another runtime (runc); gVisor itself confines the container",
    );
  }
  if (mode === "2") {
    return new Refusal(
      `a filter that is in force already refuses seccomp(2): ${reason}`,
      "allow seccomp in the profile of the container or service that this runs in",
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
  // Without /proc nobody knows whether there is a filter.
  return seccompOf(host).mode === undefined
    ? new Refusal("this kernel has no seccomp(2), or a filter of the caller's hides it", hint)
    : new Refusal(`this kernel (${host.kernelRelease()}) has no seccomp(2)`, hint);
}

/** EINVAL means an unknown flag, a kernel without filters, or a bad filter: tell which. */
function explainInvalid(host: Host, flags: number): Refusal {
  if (host.probeSeccompFlags(0) !== EFAULT) {
    return (
      refusedByOthers(host, host.errorMessage(EINVAL)) ??
      new Refusal("this kernel was built without seccomp filters", "it needs CONFIG_SECCOMP_FILTER")
    );
  }
  if ((flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) !== 0) {
    return new Refusal(
      "the kernel takes the flag SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV only for a filter with a listener",
      "remove it from 'flags'",
    );
  }
  if (host.probeSeccompFlags(flags) !== EFAULT) {
    const kernel = seccompOf(host).gvisor ? "gVisor, which is in the kernel's place," : "this kernel";
    return new Refusal(
      `${kernel} does not know all of the flags that the profile asks for (0x${flags.toString(16)})`,
      "remove from 'flags' what it does not know",
    );
  }
  return new Refusal(
    "the kernel refuses the filter as malformed",
    "this is a defect of seccomp-exec: please report it with the profile",
  );
}
