/**
 * Native calls: koffi, the C library that Node itself runs with, and system calls by its syscall(2).
 */

import { createRequire } from "node:module";
import { Refusal } from "../src/diagnostic.ts";
import { EINVAL } from "../src/load/errno.ts";
import type { Architecture } from "../src/tables/architectures.ts";
import { syscallId, syscallNumber } from "../src/tables/syscalls.ts";

/** The part of koffi that is used here, so that the types of this library do not depend on it. */
interface Koffi {
  load(path: null): { func(definition: string): (...args: never[]) => unknown };
  /** errno(3) of the last call. */
  errno(): number;
  /** Where the bytes of a buffer are. */
  address(buffer: Buffer): bigint;
}

/** An argument of a system call: a number as the register holds it (a negative one is extended), or the address of a buffer. */
export type Argument = number | bigint | Buffer;

/** The C library's syscall(2): a number, and whatever the registers of six arguments hold. */
type Syscall = (number: bigint, ...args: bigint[]) => number | bigint;
/** signal(2): 0 is SIG_DFL, 1 is SIG_IGN. */
type SetSignal = (signal: number, handler: number) => number | bigint;

const REGISTERS = 6;

/** The functions of the C library. */
export class Native {
  private readonly syscall: Syscall;
  private readonly strerror: (errno: number) => string;
  private readonly setSignal: SetSignal;
  private readonly execv: (path: bigint, argv: bigint) => number;
  private readonly numbers = new Map<string, bigint>();

  /** @param arch of this process */
  constructor(
    private readonly koffi: Koffi,
    private readonly arch: Architecture,
  ) {
    // Null is what is loaded already: glibc and musl have other file names, and both have these functions.
    const library = koffi.load(null);
    this.syscall = library.func(
      "int64_t syscall(int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t)",
    ) as Syscall;
    this.strerror = library.func("const char *strerror(int)") as (errno: number) => string;
    this.setSignal = library.func("intptr_t signal(int, intptr_t)") as SetSignal;
    this.execv = library.func("int execv(uintptr_t, uintptr_t)") as Native["execv"];
  }

  /**
   * Makes a system call.
   *
   * @param name as in the tables
   * @returns its result, or the errno below zero
   */
  call(name: string, ...args: readonly Argument[]): number {
    const registers = args.map((arg) => BigInt.asUintN(64, this.register(arg)));
    while (registers.length < REGISTERS) {
      registers.push(0n);
    }
    const result = Number(this.syscall(this.number(name), ...registers));
    return result === -1 ? -this.koffi.errno() : result;
  }

  /** The address of the bytes of a buffer, which must live as long as it is used. */
  address(buffer: Buffer): bigint {
    return this.koffi.address(buffer);
  }

  /** What the registers of a call with these arguments hold. */
  register(arg: Argument): bigint {
    return typeof arg === "object" ? this.address(arg) : BigInt(arg);
  }

  /** strerror(3); Node leaves the locale of the C library at "C". */
  errorMessage(errno: number): string {
    return this.strerror(errno);
  }

  /**
   * signal(2), for dispositions without a handler.
   *
   * @returns whether it was ignored before
   */
  signal(number: number, disposition: "default" | "ignore"): boolean {
    return Number(this.setSignal(number, disposition === "ignore" ? 1 : 0)) === 1;
  }

  /**
   * execve(2). Returns only the errno.
   *
   * @param file a C string
   * @param argv pointers to C strings, the last one null
   * @param environment the same; undefined: that of the C library, whose bytes Node has not decoded
   */
  execute(file: Buffer, argv: Buffer, environment: Buffer | undefined): number {
    if (environment !== undefined) {
      return -this.call("execve", file, argv, environment);
    }
    this.execv(this.address(file), this.address(argv));
    return this.koffi.errno();
  }

  private number(name: string): bigint {
    let number = this.numbers.get(name);
    if (number === undefined) {
      number = BigInt(syscallNumber(this.arch, syscallId(name)));
      if (number < 0n) {
        throw new Error(`${this.arch.name} has no call ${name}`);
      }
      this.numbers.set(name, number);
    }
    return number;
  }
}

/**
 * Loads koffi, an optional dependency.
 *
 * @throws Refusal if it is not installed, or cannot be loaded
 */
export function loadNative(arch: Architecture): Native {
  const require = createRequire(import.meta.url);
  let koffi: Koffi;
  try {
    koffi = require("koffi") as Koffi;
  } catch (error) {
    const { code, message = String(error) } = error as NodeJS.ErrnoException;
    throw code === "MODULE_NOT_FOUND" && message.includes("'koffi'")
      ? new MissingKoffi("koffi is not installed, which makes the system calls", "npm install koffi")
      : new MissingKoffi(
          `koffi cannot be loaded: ${message.split("\n")[0]}`,
          "install it for this machine and this C library: npm install koffi",
        );
  }
  return new Native(koffi, arch);
}

/** Refuses because there is no koffi. */
export class MissingKoffi extends Refusal {}

/** The bytes of a C string. */
export function cString(bytes: string, encoding: "latin1" | "utf8" = "latin1"): Buffer {
  return Buffer.from(`${bytes}\0`, encoding);
}

/** Whether bytes can be a C string; a NUL would end it early. */
export function holdsNul(text: string): boolean {
  return text.includes("\0");
}

/** The errno of a path that cannot be a C string: the host answers the same. */
export const NUL_IN_PATH = EINVAL;
