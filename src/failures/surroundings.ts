/**
 * What is between this program and the kernel, as far as /proc shows it; read only after seccomp(2) was refused.
 */

import type { ByteString, Host } from "../host.ts";
import { fileFormat } from "./file-format.ts";

/** What may have refused seccomp(2). */
export interface Surroundings {
  /** `Seccomp:` of /proc/self/status: 0 no filter, 2 filters; undefined if it is missing. */
  readonly mode: string | undefined;
  /** The evidence that an emulator runs this program; undefined if there is none. */
  readonly emulator: string | undefined;
  /** Whether gVisor answers instead of the kernel. */
  readonly gvisor: boolean;
}

const SMALL = 1 << 20;

export function seccompOf(host: Host): Surroundings {
  const text = (path: ByteString) => host.readFile(path, SMALL).text ?? "";
  const version = text("/proc/version");
  return {
    mode: /^Seccomp:\s*(\d)/m.exec(text("/proc/self/status"))?.[1],
    emulator: emulatorOf(host, text("/proc/cpuinfo")),
    // Every gVisor reports this build time; some versions also contain its name.
    gvisor: /gvisor|#1 SMP Sun Jan 10 15:06:54 PST 2016/i.test(version),
  };
}

/**
 * A user-mode emulator runs as the process, and fakes /proc/self for the program; qemu does not fake
 * /proc/thread-self. Rosetta shows the machine's processor.
 */
function emulatorOf(host: Host, processor: string): string | undefined {
  const [claimed, real] = [host.readHead("/proc/self/exe"), host.readHead("/proc/thread-self/exe")];
  if (typeof claimed === "string" && typeof real === "string" && claimed !== real) {
    const format = fileFormat(real);
    const arch = format.kind === "ELF" ? format.arch : "another machine";
    return `the process executes a program for ${arch} (/proc/thread-self/exe)`;
  }
  return host.arch === "x86_64" && /^CPU implementer/m.test(processor)
    ? "the processor is an ARM (/proc/cpuinfo)"
    : undefined;
}
