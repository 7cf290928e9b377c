/**
 * Gives the command the process state that Node has changed, as far as it is known.
 *
 * What Node 18 to 24 change before the first line of a program, as strace shows: PlatformInit and ResetStdio of src/node.cc, and
 * uv_disable_stdio_inheritance of libuv. docs/node.md lists it all.
 */

import { Refusal } from "../src/diagnostic.ts";
import type { Native } from "./native.ts";
import { O_NONBLOCK } from "./open-flags.ts";
import { STANDARD, WAS_NON_BLOCKING } from "./standard-streams.ts";

/** fcntl(2) */
const F_GETFD = 1;
const F_SETFD = 2;
const F_GETFL = 3;
const F_SETFL = 4;
const FD_CLOEXEC = 1;
/** getrlimit(2), by the generic number. */
const RLIMIT_NOFILE = 7;
/** signal(7): the signals that Node ignores. (Those that it handles, execve(2) sets to their defaults.) */
const IGNORED = [13, 25];

/** What is set back if the command does not start. */
export type Undo = () => void;

/** What the command gets beside its arguments. */
export interface CommandState {
  /** The descriptors that it gets beside 0, 1 and 2. */
  readonly descriptors: readonly number[];
  /** The soft limit of open files (RLIMIT_NOFILE); undefined: that of Node, which is the hard limit. */
  readonly openFiles: number | undefined;
}

/**
 * Changes what the command shall get.
 *
 * @returns how to set it back
 * @throws Refusal if a descriptor is not open or the limit cannot be set; all is set back then
 */
export function giveState(native: Native, { descriptors, openFiles }: CommandState): Undo {
  const undos: Undo[] = [];
  const undo = (): void => {
    for (const one of undos.splice(0).reverse()) {
      one();
    }
  };
  try {
    for (const signal of IGNORED) {
      if (native.signal(signal, "default")) {
        undos.push(() => native.signal(signal, "ignore"));
      }
    }
    for (const fd of [...STANDARD, ...descriptors]) {
      undos.push(keepOpen(native, fd, STANDARD.includes(fd)));
    }
    for (const fd of STANDARD) {
      undos.push(makeBlocking(native, fd));
    }
    if (openFiles !== undefined) {
      undos.push(limitOpenFiles(native, openFiles));
    }
    return undo;
  } catch (error) {
    undo();
    throw error;
  }
}

const NOTHING: Undo = () => {};

/** Node sets FD_CLOEXEC on the descriptors that it was given: 0 to 16, and on from there to the first that is closed. */
function keepOpen(native: Native, fd: number, mayBeClosed: boolean): Undo {
  const flags = native.call("fcntl", fd, F_GETFD, 0);
  if (flags < 0) {
    if (mayBeClosed) {
      return NOTHING;
    }
    throw new Refusal(`descriptors: ${fd} is not open`);
  }
  if ((flags & FD_CLOEXEC) === 0) {
    return NOTHING;
  }
  native.call("fcntl", fd, F_SETFD, flags & ~FD_CLOEXEC);
  return () => native.call("fcntl", fd, F_SETFD, flags);
}

/** libuv makes pipes and sockets non-blocking when a program uses `process.stdin` and the like. All who have them see that. */
function makeBlocking(native: Native, fd: number): Undo {
  const flags = native.call("fcntl", fd, F_GETFL, 0);
  if (flags < 0 || (flags & O_NONBLOCK) === 0 || WAS_NON_BLOCKING[fd] !== false) {
    return NOTHING;
  }
  native.call("fcntl", fd, F_SETFL, flags & ~O_NONBLOCK);
  return () => native.call("fcntl", fd, F_SETFL, flags);
}

function limitOpenFiles(native: Native, soft: number): Undo {
  const words = new BigUint64Array(2);
  const buffer = Buffer.from(words.buffer);
  const get = native.call("prlimit64", 0, RLIMIT_NOFILE, 0, buffer);
  const [before = 0n, hard = 0n] = words;
  if (get < 0 || BigInt(soft) > hard) {
    throw new Refusal(`openFiles: ${soft} is above the hard limit, which is ${hard}`);
  }
  const set = (limit: bigint): number => {
    words[0] = limit;
    words[1] = hard;
    return native.call("prlimit64", 0, RLIMIT_NOFILE, buffer, 0);
  };
  const result = set(BigInt(soft));
  if (result < 0) {
    throw new Refusal(`openFiles: the limit cannot be set: ${native.errorMessage(-result)}`);
  }
  return () => set(before);
}
