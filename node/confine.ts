/**
 * Confines the running Node process.
 */

import type { Diagnostic } from "../src/library/diagnostic.ts";
import { formatKernelVersion } from "../src/profile/kernel-version.ts";
import { toConfinementError } from "./errors.ts";
import { type MadeFilter, makeFilter, newReading } from "./filter.ts";
import { nodeHost } from "./host.ts";
import { type Installed, install } from "./install.ts";
import { hasUnusableRings, ringsUnusable } from "./io-uring.ts";
import { loadNative } from "./native.ts";
import type { ConfineOptions } from "./options.ts";
import { restartWithoutRings } from "./restart.ts";
import { architectureOf } from "./runtime.ts";
import type { ProfileSource } from "./source.ts";
import type { ThreadState } from "./threads.ts";

/** What is in force. */
export interface Confinement {
  /** What messages call the profile: its path, `builtin:NAME`, or a label. */
  readonly profile: string;
  /** SHA-256 of the profile's text in UTF-8, in hexadecimal digits. */
  readonly sha256: string;
  /** The filter: `struct sock_filter` after `struct sock_filter`, in this machine's byte order; the same as `seccomp-exec compile` writes. */
  readonly filter: Uint8Array;
  /** SECCOMP_FILTER_FLAG_* with which it was installed (seccomp(2)). */
  readonly flags: number;
  /** The architecture that the profile was resolved for, by the kernel's name: x86_64 or aarch64. */
  readonly arch: string;
  /** The kernel that it was resolved for, as X.Y. */
  readonly kernel: string;
  /** The capabilities that it was resolved for: bit n is the capability with number n (capabilities(7)). */
  readonly caps: bigint;
  /**
   * The threads that this process had, as the kernel reports them after the installation: each is under the filter. Undefined if the
   * profile does not let pread64(2) through, with which they are read; the kernel has confirmed the installation then, and nothing else.
   */
  readonly threads: readonly ThreadState[] | undefined;
  /** The warnings about the profile: what it may do without its author intending it. */
  readonly warnings: readonly Diagnostic[];
}

/**
 * Installs the filter of a profile on the running Node process: on all its threads, those of libuv and V8 and worker threads included.
 * Threads and processes that are started afterwards inherit it. It cannot be taken back; a second call adds a second filter, and of
 * two verdicts on a call the more restrictive one counts.
 *
 * Either all threads get the filter or none. Nothing is confined if this throws, unless the error's `filterInstalled` says so.
 *
 * @param profile `builtin:NAME`, a path, a name, a URL, a text or a value: see {@link ProfileSource}
 * @returns what is in force, as read back from the kernel
 * @throws ConfinementError
 */
export function confine(profile: ProfileSource, options: ConfineOptions = {}): Confinement {
  const reading = newReading();
  try {
    const arch = architectureOf(process);
    const native = loadNative(arch);
    const host = nodeHost(native, arch.name);
    const made = makeFilter(host, arch, reading, profile, options, ["restart"]);
    for (const warning of made.warnings) {
      options.onWarning?.(warning, made.label);
    }
    if (hasUnusableRings(made.policy)) {
      if (options.restart !== true) {
        throw ringsUnusable(made.label);
      }
      restartWithoutRings();
    }
    return confinementOf(made, install(native, host, made));
  } catch (error) {
    throw toConfinementError(error, reading);
  }
}

/** What a program is told of an installed filter. */
function confinementOf(made: MadeFilter, { flags, threads }: Installed): Confinement {
  const { label, sha256, bytes, machine, warnings } = made;
  return {
    profile: label,
    sha256,
    filter: new Uint8Array(bytes),
    flags,
    arch: machine.arch,
    kernel: formatKernelVersion(machine.kernel),
    caps: machine.caps,
    threads,
    warnings,
  };
}
