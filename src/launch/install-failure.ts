/**
 * Says why the kernel did not take the filter, which an errno alone does not tell.
 */

import { Refusal } from "../diagnostic.ts";
import type { Host, InstallFailure } from "../host.ts";
import { SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV } from "../tables/seccomp.ts";
import { EACCES, EFAULT, EINVAL, ENOMEM, ENOSYS } from "./errno.ts";

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
      return new Refusal(
        "this kernel has no seccomp(2), or a filter of the caller's hides it",
        "Linux has it since 3.17, with CONFIG_SECCOMP_FILTER",
      );
    default:
      return new Refusal(`the kernel refuses the filter: ${reason}`);
  }
}

/** EINVAL means an unknown flag, a kernel without filters, or a bad filter: tell which. */
function explainInvalid(host: Host, flags: number): Refusal {
  if (host.probeSeccompFlags(0) !== EFAULT) {
    return new Refusal("this kernel was built without seccomp filters", "it needs CONFIG_SECCOMP_FILTER");
  }
  if ((flags & SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV) !== 0) {
    return new Refusal(
      "the kernel takes the flag SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV only for a filter with a listener",
      "remove it from 'flags'",
    );
  }
  if (host.probeSeccompFlags(flags) !== EFAULT) {
    return new Refusal(
      `this kernel does not know all of the flags that the profile asks for (0x${flags.toString(16)})`,
      "remove from 'flags' what the kernel is too old for",
    );
  }
  return new Refusal(
    "the kernel refuses the filter as malformed",
    "this is a defect of seccomp-exec: please report it with the profile",
  );
}
