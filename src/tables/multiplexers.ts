/**
 * The multiplexer syscalls socketcall(2) and ipc(2), and the calls that they make.
 *
 * Each takes the number of a call as its first argument. Such a call may also have a syscall number of its own
 * (Linux 4.3 gave x86 `socket`, 5.1 gave it `semget`), or none (`accept`, `send`, `recv`, `semop` and
 * `semtimedop` on x86). The syscall table says which architectures have a multiplexer.
 *
 * Three calls with 64-bit time look as if they belonged here and do not. For 32-bit programs SYS_RECVMMSG takes
 * the old timespec and so is `recvmmsg`, never `recvmmsg_time64`; SEMTIMEDOP is `semtimedop`, never
 * `semtimedop_time64` (net/socket.c, ipc/syscall.c at v6.18). `accept4`, `recvmmsg` and `sendmmsg` are the
 * youngest calls of socketcall; nothing has been added since Linux 3.0.
 */

import { readNumbered } from "./numbered.ts";

export interface Multiplexer {
  readonly name: "socketcall" | "ipc";
  /** The bits of the first argument that select the call; the kernel ignores the others. */
  readonly callMask: bigint;
  /** Names in the form of {@link readNumbered}, from 1. */
  readonly calls: string;
}

/** A call that can be made through a multiplexer. */
export interface MultiplexedCall {
  /** The name of the syscall that does the same. */
  readonly name: string;
  /** The value of the first argument, under the mask. */
  readonly call: number;
}

export const multiplexers: readonly Multiplexer[] = [
  {
    // SYS_* of include/uapi/linux/net.h at v6.18. The parameter is an int: net/socket.c, SYSCALL_DEFINE2(socketcall).
    name: "socketcall",
    callMask: 0xffffffffn,
    calls:
      "socket bind connect listen accept getsockname getpeername socketpair send recv sendto recvfrom shutdown " +
      "setsockopt getsockopt sendmsg recvmsg accept4 recvmmsg sendmmsg",
  },
  {
    // include/uapi/linux/ipc.h at v6.18. The upper half is a version that chooses only how arguments are passed:
    // ipc/syscall.c, ksys_ipc(), `call &= 0xffff`. So ipc(0x10015, ...) is shmat as well as ipc(21, ...) is.
    name: "ipc",
    callMask: 0xffffn,
    calls: "semop semget semctl semtimedop 11 msgsnd msgrcv msgget msgctl 21 shmat shmdt shmget shmctl",
  },
];

/** The calls of a multiplexer, ascending by number. */
export function multiplexedCalls(multiplexer: Multiplexer): readonly MultiplexedCall[] {
  const calls: MultiplexedCall[] = [];
  readNumbered(multiplexer.calls, 1, (name, call) => {
    calls.push({ name, call });
  });
  return calls;
}

/** How a syscall can be made through a multiplexer. */
export interface Multiplexed {
  readonly via: Multiplexer["name"];
  readonly call: number;
  readonly callMask: bigint;
}

let byName: ReadonlyMap<string, Multiplexed> | undefined;

/** Finds the multiplexer of a syscall; undefined if it has none. */
export function multiplexed(name: string): Multiplexed | undefined {
  byName ??= new Map(
    multiplexers.flatMap((multiplexer) =>
      multiplexedCalls(multiplexer).map((one): [string, Multiplexed] => [
        one.name,
        { via: multiplexer.name, call: one.call, callMask: multiplexer.callMask },
      ]),
    ),
  );
  return byName.get(name);
}
