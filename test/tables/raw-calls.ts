/**
 * Makes system calls with whole registers on this machine, x86-64 Linux, and prepares what they work on.
 */

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import koffi from "koffi";
import * as assert from "uvu/assert";
import { type Architecture, architectureByName } from "../../src/tables/architectures.ts";
import { type Parameter, signatureOf } from "../../src/tables/signatures.ts";
import { syscallId, syscallNumber } from "../../src/tables/syscalls.ts";

export const ALL_BITS = 0xffffffffffffffffn;
export const AT_FDCWD = -100n & 0xffffffffn;
export const PAGE = 4096n;

type Syscall = (nr: bigint, ...args: bigint[]) => number | bigint;
let syscall: Syscall | undefined;

function arch(): Architecture {
  const found = architectureByName("x86_64");
  assert.ok(found);
  return found;
}

/** What the kernel does with the registers of a call. */
export function parametersOf(name: string): readonly Parameter[] {
  return signatureOf(arch(), syscallId(name)) ?? [];
}

/** Makes a call; the result, or the errno below zero. */
export function call(name: string, args: readonly bigint[]): bigint {
  syscall ??= koffi
    .load("libc.so.6")
    .func("int64_t syscall(int64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t)") as Syscall;
  const filled = [...args, 0n, 0n, 0n, 0n, 0n, 0n].slice(0, 6);
  const result = BigInt(syscall(BigInt(syscallNumber(arch(), syscallId(name))), ...filled));
  return result === -1n ? BigInt(-koffi.errno()) : result;
}

export function hex(args: readonly bigint[]): string {
  return args.map((arg) => `0x${arg.toString(16)}`).join(", ");
}

/** What cases work on. */
export interface Place {
  /** The address of a page of zeros, or of what calls wrote there. */
  readonly memory: bigint;
  /** The address of the path of a file. */
  readonly path: bigint;
  /** The file, open for reading. */
  readonly fd: bigint;
}

/** Calls `run` with a file and memory that go away afterwards. */
export function withPlace(run: (place: Place) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "registers-"));
  const file = join(directory, "file");
  writeFileSync(file, `${file}\0`);
  const fd = BigInt(openSync(file, "r"));
  // PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS
  const memory = call("mmap", [0n, 2n * PAGE, 3n, 0x22n, 0xffffffffn, 0n]);
  try {
    assert.ok(memory > 0n);
    const path = memory + PAGE;
    assert.is(call("pread64", [fd, path, PAGE, 0n]), BigInt(file.length + 1));
    run({ memory, path, fd });
  } finally {
    call("munmap", [memory, 2n * PAGE]);
    closeSync(Number(fd));
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Descriptors and ids of one of each; -1 and the like where the kernel refuses to make one. */
export interface Workshop extends Place {
  /** The address of a page of zeros that nobody can write to. */
  readonly zeros: bigint;
  /** The path without its first slash: relative to a descriptor. */
  readonly relative: bigint;
  /** Another file, open for reading and writing. */
  readonly rw: bigint;
  /** A descriptor to be replaced. */
  readonly spare: bigint;
  readonly epoll: bigint;
  readonly inotify: bigint;
  readonly pidfd: bigint;
  readonly timerfd: bigint;
  readonly udp: bigint;
  /** The writing end of a pipe. */
  readonly pipe: bigint;
  readonly timer: bigint;
  readonly semaphore: bigint;
  readonly queue: bigint;
  readonly segment: bigint;
}

/** Calls `run` with a place and one of each, which go away afterwards. */
export function withWorkshop(run: (workshop: Workshop) => void): void {
  withPlace((place) => {
    const { memory, path, fd } = place;
    const rw = call("memfd_create", [path + 1n, 0n]);
    /** What a call wrote to memory, which is zeroed then. */
    const written = (): Buffer => {
      assert.is(call("pwrite64", [rw, memory, 16n, 0n]), 16n);
      const bytes = readFileSync(`/proc/self/fd/${rw}`);
      assert.is(call("ftruncate", [rw, 0n]), 0n);
      assert.is(call("ftruncate", [rw, 16n]), 0n);
      assert.is(call("pread64", [rw, memory, 16n, 0n]), 16n);
      return bytes;
    };
    // PROT_READ
    const zeros = call("mmap", [0n, PAGE, 1n, 0x22n, 0xffffffffn, 0n]);
    assert.ok(zeros > 0n);
    const made = call("pipe2", [memory, 0n]);
    const pipes = written();
    const timerMade = call("timer_create", [1n, 0n, memory]);
    const timer = timerMade < 0n ? timerMade : BigInt(written().readInt32LE(0));
    const descriptors = {
      spare: call("dup", [fd]),
      epoll: call("epoll_create1", [0n]),
      inotify: call("inotify_init1", [0n]),
      pidfd: call("pidfd_open", [BigInt(process.pid), 0n]),
      timerfd: call("timerfd_create", [1n, 0n]),
      udp: call("socket", [2n, 2n, 0n]),
      pipe: made < 0n ? made : BigInt(pipes.readInt32LE(4)),
    };
    const semaphore = call("semget", [0n, 1n, 0o600n]);
    const queue = call("msgget", [0n, 0o600n]);
    const segment = call("shmget", [0n, PAGE, 0o600n]);
    try {
      run({ ...place, ...descriptors, zeros, relative: path + 1n, rw, timer, semaphore, queue, segment });
    } finally {
      call("shmctl", [segment, 0n, 0n]);
      call("msgctl", [queue, 0n, 0n]);
      call("semctl", [semaphore, 0n, 0n, 0n]);
      call("munmap", [zeros, PAGE]);
      call("timer_delete", [timer]);
      for (const open of [rw, BigInt(pipes.readInt32LE(0)), ...Object.values(descriptors)]) {
        if (open > 0n) {
          call("close", [open]);
        }
      }
    }
  });
}
