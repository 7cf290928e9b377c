/**
 * The options of this library, which mean what those of the launcher mean.
 */

import { Refusal } from "../src/diagnostic.ts";
import type { Diagnostic } from "../src/library/diagnostic.ts";
import { checkValues } from "../src/load/target.ts";
import type { GivenOptions } from "../src/task/options.ts";

/** How a profile is resolved and installed. */
export interface ProfileOptions {
  /** Where names of profiles are looked up. Absent: where the launcher does, in /etc/dcos/mesos/seccomp; if that does not exist, among the shipped ones. */
  readonly profileDir?: string | undefined;
  /** The capabilities to resolve the profile for: `all`, `none`, or names. Absent: those that this process can still come to hold. */
  readonly caps?: "all" | "none" | readonly string[] | undefined;
  /** The kernel to resolve the profile for, as `X.Y`. Absent: the running one. */
  readonly kernel?: string | undefined;
  /** The answer to a call that is newer than the profile: `enosys` (absent), as from an older kernel, or the profile's `default` action. */
  readonly unknownSyscalls?: "enosys" | "default" | undefined;
  /** Compare 64 bits of every argument, as engines with libseccomp do. Absent: as many as the kernel takes. */
  readonly wideArguments?: boolean | undefined;
  /** Set no_new_privs even if the kernel does not require it, as it does without CAP_SYS_ADMIN. */
  readonly noNewPrivs?: boolean | undefined;
  /**
   * Receives the warnings about the profile, before anything is changed; an exception of it ends the call. Absent: `confine` only
   * returns them, and `execUnder` writes them to standard error.
   */
  readonly onWarning?: ((warning: Diagnostic, profile: string) => void) | undefined;
}

/** How the running process is confined. */
export interface ConfineOptions extends ProfileOptions {
  /**
   * Start the program again, once, where Node has rings of io_uring (since version 22) and the profile denies them: Node would abort.
   * `confine` has to be the first statement of the program then, since what it did before happens twice. The process keeps its id, its
   * arguments and its environment, and Node its options; of the descriptors that it was given, only 0, 1 and 2 are kept.
   */
  readonly restart?: boolean | undefined;
}

const NAMES: readonly string[] = [
  "profileDir",
  "caps",
  "kernel",
  "unknownSyscalls",
  "wideArguments",
  "noNewPrivs",
  "onWarning",
] satisfies readonly (keyof ProfileOptions)[];

/**
 * The options in the launcher's form.
 *
 * @param more names that are also known
 * @internal
 * @throws Refusal for an unknown name or an invalid value: an option that has no effect may be one that was meant to confine
 */
export function launcherOptions(
  options: ProfileOptions & { readonly restart?: unknown },
  more: readonly string[] = [],
): GivenOptions {
  const known = [...NAMES, ...more];
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new Refusal(`there is no option '${unknown}'`, `known are ${known.join(", ")}`);
  }
  const { caps, kernel, unknownSyscalls, wideArguments, noNewPrivs, profileDir } = options;
  text("profileDir", profileDir);
  text("kernel", kernel);
  text("unknownSyscalls", unknownSyscalls);
  flag("wideArguments", wideArguments);
  flag("noNewPrivs", noNewPrivs);
  flag("restart", options.restart);
  const given: GivenOptions = {
    ...(caps === undefined ? {} : { "--caps": capsText(caps) }),
    ...(kernel === undefined ? {} : { "--kernel": kernel }),
    ...(unknownSyscalls === undefined ? {} : { "--unknown-syscalls": unknownSyscalls }),
  };
  checkValues(given);
  return given;
}

/** An empty list is `none`. */
function capsText(caps: unknown): string {
  if (Array.isArray(caps) && caps.every((name) => typeof name === "string")) {
    return caps.length === 0 ? "none" : caps.join(",");
  }
  if (caps === "all" || caps === "none") {
    return caps;
  }
  throw new Refusal("caps is neither 'all' nor 'none' nor a list of names");
}

function text(name: string, value: unknown): void {
  if (value !== undefined && (typeof value !== "string" || value === "" || value.includes("\0"))) {
    throw new Refusal(`${name} is not a string with a value`);
  }
}

function flag(name: string, value: unknown): void {
  if (value !== undefined && typeof value !== "boolean") {
    throw new Refusal(`${name} is neither true nor false`);
  }
}
