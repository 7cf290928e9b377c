/**
 * Recognises the format of a file by its first bytes, as far as it matters to execve(2) and execvp(3).
 */

import type { ByteString } from "../host.ts";
import { architectures } from "../tables/architectures.ts";

/** A file format. */
export type FileFormat =
  /** A script whose first line names its interpreter. */
  | { readonly kind: "script"; readonly interpreter: ByteString }
  /** A file that a shell could run: no NUL in its first line. Also an empty file. */
  | { readonly kind: "text" }
  | ElfFile
  /** Anything else, described, for example "a gzip archive". */
  | { readonly kind: "binary"; readonly what: string };

export interface ElfFile {
  readonly kind: "ELF";
  /** The name of its architecture, or "machine" and its number. */
  readonly arch: string;
  /** For example "executable". */
  readonly type: string;
  /** Whether its type can be executed at all. */
  readonly executable: boolean;
  /** The loader that it asks for (PT_INTERP), if any and within the bytes. */
  readonly loader?: ByteString;
}

/** Bytes in which the kernel looks for the end of a script's first line: BINPRM_BUF_SIZE of include/uapi/linux/binfmts.h. */
const FIRST_LINE = 256;

/** @param head the first few thousand bytes of the file, or all */
export function fileFormat(head: ByteString): FileFormat {
  if (head.startsWith("#!")) {
    const interpreter = interpreterOf(head);
    return interpreter === undefined ? { kind: "text" } : { kind: "script", interpreter };
  }
  if (head.startsWith("\x7fELF")) {
    return elfFile(head);
  }
  const what = binaryFormat(head);
  if (what !== undefined) {
    return { kind: "binary", what };
  }
  // As bash and FreeBSD's sh do. Anything may follow the first line, as in self-extracting archives.
  const [firstLine = ""] = head.split("\n", 1);
  return firstLine.includes("\0") ? { kind: "binary", what: "a binary file" } : { kind: "text" };
}

/** The first word after `#!`, as load_script() of the kernel's fs/binfmt_script.c reads it. */
function interpreterOf(head: ByteString): ByteString | undefined {
  const [line = ""] = head.slice(2, FIRST_LINE).split("\n", 1);
  return line.split(/[ \t\0]+/).find((word) => word !== "");
}

const PE_OFFSET = 0x3c;
const JAVA_1 = 45;

/** Formats that users try to run, and those without a NUL in the first line. */
function binaryFormat(head: ByteString): string | undefined {
  const begins = (...starts: readonly ByteString[]) => starts.some((start) => head.startsWith(start));
  if (begins("MZ")) {
    const at = number(head, PE_OFFSET, 4, false);
    return head.startsWith("PE\0\0", at) ? "a Windows executable (PE)" : "a DOS executable (MZ)";
  }
  if (begins("\xca\xfe\xba\xbe")) {
    // Both have this magic number, followed by the number of architectures or by a version.
    return number(head, 4, 4, true) < JAVA_1 ? "a macOS executable (Mach-O)" : "a Java class";
  }
  if (begins("\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe")) {
    return "a macOS executable (Mach-O)";
  }
  if (begins("\0asm")) {
    return "a WebAssembly module";
  }
  if (begins("\x1f\x8b")) {
    return "a gzip archive";
  }
  if (begins("PK\x03\x04")) {
    return "a zip archive";
  }
  if (begins("\xfd7zXZ", "BZh", "\x28\xb5\x2f\xfd")) {
    return "a compressed file";
  }
  return undefined;
}

/** elf(5): e_type, and whether the kernel can execute the type. */
const ELF_TYPES: Readonly<Record<number, readonly [what: string, executable: boolean]>> = {
  1: ["object file", false],
  2: ["executable", true],
  3: ["executable", true],
  4: ["core dump", false],
};

const EM_X86_64 = 62;
const PT_INTERP = 3;

/** Reads the header and the segments of elf(5). */
function elfFile(head: ByteString): ElfFile {
  const wide = head.charCodeAt(4) === 2;
  const bigEndian = head.charCodeAt(5) === 2;
  const at = (offset: number, size: number) => number(head, offset, size, bigEndian);
  const machine = at(18, 2);
  // AUDIT_ARCH_*, composed as in include/uapi/linux/audit.h.
  const token = machine + (wide ? 0x80000000 : 0) + (bigEndian ? 0 : 0x40000000);
  const known = architectures.find((arch) => arch.token === token)?.name;
  const x32 = machine === EM_X86_64 && !wide ? "x32" : undefined;
  const [type, executable] = ELF_TYPES[at(16, 2)] ?? ["file", false];
  const loader = loaderOf(head, at, wide);
  return {
    kind: "ELF",
    arch: known ?? x32 ?? `machine ${machine}`,
    type,
    executable,
    ...(loader === undefined ? {} : { loader }),
  };
}

function loaderOf(
  head: ByteString,
  at: (offset: number, size: number) => number,
  wide: boolean,
): ByteString | undefined {
  const [segments, size, count] = wide
    ? [at(32, 8), at(54, 2), at(56, 2)]
    : [at(28, 4), at(42, 2), at(44, 2)];
  for (let segment = segments; segment < segments + size * count; segment += size) {
    if (size > 0 && at(segment, 4) === PT_INTERP) {
      const start = wide ? at(segment + 8, 8) : at(segment + 4, 4);
      const end = head.indexOf("\0", start);
      return start < head.length && end >= 0 ? head.slice(start, end) : undefined;
    }
  }
  return undefined;
}

/** An unsigned number of `size` bytes; missing bytes are zero. */
function number(bytes: ByteString, offset: number, size: number, bigEndian: boolean): number {
  let value = 0;
  for (let i = 0; i < size; i += 1) {
    const at = bigEndian ? offset + i : offset + size - 1 - i;
    value = value * 256 + (at < bytes.length ? bytes.charCodeAt(at) : 0);
  }
  return value;
}
