/**
 * What stands between this program and the kernel, as far as /proc shows it; asked only where seccomp(2) is refused.
 */

import type { ByteString, Host } from "../host.ts";
import { fileFormat } from "./file-format.ts";

/** Who may have refused seccomp(2). */
export interface Surroundings {
  /** The number behind `Seccomp:` of /proc/self/status: 0 no filter, 2 filters; undefined where it does not say. */
  readonly mode: string | undefined;
  /** What tells that an emulator runs this program; undefined where nothing does. */
  readonly emulator: string | undefined;
  /** Whether gVisor answers in the kernel's place. */
  readonly gvisor: boolean;
}

const SMALL = 1 << 20;

export function seccompOf(host: Host): Surroundings {
  const text = (path: ByteString) => host.readFile(path, SMALL).text ?? "";
  const version = text("/proc/version");
  return {
    mode: /^Seccomp:\s*(\d)/m.exec(text("/proc/self/status"))?.[1],
    emulator: emulatorOf(host, text("/proc/cpuinfo")),
    // gVisor claims that moment for its build, whatever its version; those that are called so say it besides.
    gvisor: /gvisor|#1 SMP Sun Jan 10 15:06:54 PST 2016/i.test(version),
  };
}

/**
 * An emulator in user mode runs as the process, and makes /proc/self look as if the program did; qemu does not think of
 * /proc/thread-self. Rosetta shows the processor of the machine.
 */
function emulatorOf(host: Host, processor: string): string | undefined {
  const [claimed, real] = [host.readHead("/proc/self/exe"), host.readHead("/proc/thread-self/exe")];
  if (typeof claimed === "string" && typeof real === "string" && claimed !== real) {
    const format = fileFormat(real);
    const arch = format.kind === "ELF" ? format.arch : "another machine";
    return `the process executes a program for ${arch} (/proc/thread-self/exe)`;
  }
  return host.arch === "x86_64" && /^CPU implementer/m.test(processor)
    ? "the processor is of ARM (/proc/cpuinfo)"
    : undefined;
}
