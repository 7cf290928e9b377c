/**
 * What tests need of the machine. A test that lacks something is skipped, with the reason. With CI=true a test that lacks a
 * package fails, so that CI skips nothing that could be installed.
 */

import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, join } from "node:path";
import koffi from "koffi";

export interface Need {
  /** After "needs". */
  readonly what: string;
  isMet(): boolean;
  /** The Debian package that provides it; absent: no package does. */
  readonly debianPackage?: string;
}

/** Ends a test that lacks something. */
export class Lack extends Error {
  constructor(readonly need: Need) {
    super(`needs ${need.what}`);
  }
}

/** Returns only if all of this is there. Otherwise the calling test is skipped, or fails in CI if a package is missing. */
export function needs(...all: readonly Need[]): void {
  for (const need of all) {
    if (need.isMet()) {
      continue;
    }
    if (process.env["CI"] === "true" && need.debianPackage !== undefined) {
      throw new Error(`${need.what} is missing, and CI skips no test that lacks a package: ${howTo(need)}`);
    }
    throw new Lack(need);
  }
}

/** How to get what is missing, if a package provides it. */
export function howTo({ debianPackage }: Need): string {
  return debianPackage === undefined ? "" : `apt-get install ${debianPackage}`;
}

/** A need whose answer does not change while the tests run. */
export function need(what: string, isMet: () => boolean, debianPackage?: string): Need {
  let known: boolean | undefined;
  return {
    what,
    isMet() {
      known ??= isMet();
      return known;
    },
    ...(debianPackage === undefined ? {} : { debianPackage }),
  };
}

const succeeds = (command: string, ...args: readonly string[]): boolean =>
  spawnSync(command, args, { stdio: "ignore" }).status === 0;

/** Whether the tests run as root: then they can switch to other users, and give them files. */
export const IS_ROOT: boolean = process.getuid?.() === 0;

export const ROOT: Need = need("root", () => IS_ROOT);

/** Mount namespaces, in which a test has a private /etc; root in a container may lack the capability. */
export const MOUNTS: Need = need(IS_ROOT ? "CAP_SYS_ADMIN" : "root", () =>
  succeeds("unshare", "--mount", "sh", "-c", "mount --bind /tmp /tmp"),
);

/** PTRACE_SECCOMP_GET_FILTER, which takes the privilege, no filter of the caller's own, and an option of the kernel. */
export const FILTERS_READABLE: Need = need("root, no filter, and CONFIG_CHECKPOINT_RESTORE", () => {
  const isFree = readFileSync("/proc/self/status", "utf8").includes("\nSeccomp:\t0\n");
  // proc(5): this file is there only with that option.
  return IS_ROOT && isFree && MOUNTS.isMet() && existsSync("/proc/sys/kernel/ns_last_pid");
});

/** The architecture for tests that make calls by number. */
export const X86_64_LINUX: Need = need(
  "Linux on x86-64",
  () => process.platform === "linux" && process.arch === "x64",
);

/** The library, for the tests that load it into their own process. */
export const LIBSECCOMP: Need = need(
  "libseccomp.so.2",
  () => {
    try {
      koffi.load("libseccomp.so.2");
      return true;
    } catch {
      return false;
    }
  },
  "libseccomp2",
);

/** The kernel log with the messages of filters: it is readable, and the kernel writes there and not to an audit daemon. */
export const KERNEL_LOG: Need = need("what filters log in the kernel's log (dmesg)", () => {
  const logged = "/proc/sys/kernel/seccomp/actions_logged";
  const isLogged = existsSync(logged) && readFileSync(logged, "utf8").split(/\s/).includes("log");
  return isLogged && succeeds("dmesg") && !isRunning("auditd");
});

function isRunning(name: string): boolean {
  return readdirSync("/proc").some((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/comm`, "utf8") === `${name}\n`;
    } catch {
      // The process has ended meanwhile.
      return false;
    }
  });
}

/** A program in PATH, or at a path. */
export function program(command: string, debianPackage: string): Need {
  return need(command, () => isInstalled(command), debianPackage);
}

export const STRACE: Need = program("strace", "strace");
export const VALGRIND: Need = program("valgrind", "valgrind");
export const GIT: Need = program("git", "git");

function isInstalled(command: string): boolean {
  const path = process.env["PATH"] ?? "";
  const places = command.includes("/")
    ? [command]
    : path.split(delimiter).map((folder) => join(folder, command));
  return places.some((place) => {
    try {
      accessSync(place, constants.X_OK);
      return statSync(place).isFile();
    } catch {
      return false;
    }
  });
}
