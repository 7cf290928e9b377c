/**
 * The signatures against the running kernel: bits outside of a parameter's mask change nothing in the result of a call.
 */

import * as assert from "uvu/assert";
import { X86_64_LINUX } from "../support/running/needs.ts";
import { test, testWith } from "../support/running/test.ts";
import { ALL_BITS, call, hex, PAGE, parametersOf, withPlace, withWorkshop } from "./raw-calls.ts";
import { OPENERS, PROBES, QUERIES } from "./register-cases.ts";

/** EPERM and ENOSYS: an old kernel, or a filter. */
const NOT_HERE: readonly bigint[] = [-1n, -38n];

/** The arguments, and a copy for each parameter that takes less than the register, with all other bits of it set. */
function fillings(name: string, args: readonly bigint[]): readonly bigint[][] {
  return parametersOf(name).flatMap(({ mask }, i) => {
    const outside = ALL_BITS & ~mask;
    return outside === 0n ? [] : [args.map((arg, j) => (i === j ? arg | outside : arg))];
  });
}

testWith(X86_64_LINUX)("bits outside of a mask change nothing in what a call returns", () => {
  let compared = 0;
  withPlace((place) => {
    for (const [name, argsOf] of QUERIES) {
      const args = argsOf(place);
      const plain = call(name, args);
      if (NOT_HERE.includes(plain)) {
        continue;
      }
      assert.ok(plain >= 0n, `${name} fails with ${-plain}`);
      for (const filled of fillings(name, args)) {
        assert.is(call(name, filled), plain, `${name}(${hex(filled)})`);
        compared += 1;
      }
    }
    for (const [name, argsOf] of OPENERS) {
      for (const filled of [argsOf(place), ...fillings(name, argsOf(place))]) {
        const opened = call(name, filled);
        if (NOT_HERE.includes(opened)) {
          break;
        }
        assert.ok(opened >= 0n, `${name}(${hex(filled)}) fails with ${-opened}`);
        assert.is(call("close", [opened | ((ALL_BITS << 32n) & ALL_BITS)]), 0n);
        compared += 1;
      }
    }
  });
  assert.ok(compared > 70, `only ${compared} calls`);
});

testWith(X86_64_LINUX)(
  "mmap looks neither at the upper half of its descriptor nor at unknown bits of prot",
  () => {
    withPlace(({ fd }) => {
      const args = [0n, PAGE, 1n, 2n, fd, 0n];
      for (const filled of [args, ...fillings("mmap", args)]) {
        const address = call("mmap", filled);
        assert.ok(address > 0n, hex(filled));
        call("munmap", [address, PAGE]);
      }
      assert.is(fillings("mmap", args).length, 2);
    });
  },
);

testWith(X86_64_LINUX)("a bit in the upper half of a parameter that is not cut changes the result", () => {
  const bit = 1n << 40n;
  withPlace(({ memory, fd }) => {
    const cases: [string, readonly bigint[], number][] = [
      ["mprotect", [memory, PAGE, 3n], 2],
      ["mremap", [memory, PAGE, PAGE, 0n, 0n], 3],
      ["process_vm_readv", [BigInt(process.pid), memory, 0n, memory, 0n, 0n], 5],
      ["lseek", [fd, 0n, 0n], 1],
      ["unshare", [0n], 0],
      ["rt_sigprocmask", [0n, 0n, memory, 8n], 3],
    ];
    for (const [name, args, at] of cases) {
      assert.is(parametersOf(name)[at]?.mask, ALL_BITS, name);
      const plain = call(name, args);
      assert.ok(plain >= 0n, `${name} fails with ${-plain}`);
      const wide = args.map((arg, i) => (i === at ? arg | bit : arg));
      assert.is.not(call(name, wide), plain, name);
    }
  });
});

/** Calls that return a descriptor where they succeed. */
const RETURN_DESCRIPTORS = (
  "accept accept4 dup epoll_create epoll_create1 eventfd2 fanotify_init fsmount fsopen fspick inotify_init1 " +
  "landlock_create_ruleset memfd_create open open_tree openat openat2 pidfd_getfd pidfd_open signalfd signalfd4 socket timerfd_create userfaultfd"
).split(" ");

/** Makes a call; what it returns, or 0 for a descriptor, which is closed again. */
function resultOf(name: string, args: readonly bigint[]): bigint {
  const result = call(name, args);
  if (result >= 0n && RETURN_DESCRIPTORS.includes(name)) {
    call("close", [result]);
    return 0n;
  }
  return result;
}

testWith(X86_64_LINUX)(
  "a call that depends on a parameter does not depend on the bits outside of its mask",
  () => {
    const told = new Set<string>();
    withWorkshop((workshop) => {
      for (const [name, argsOf, left = []] of [...QUERIES, ...OPENERS, ...PROBES]) {
        const args = argsOf(workshop);
        const plain = resultOf(name, args);
        for (const [i, { name: parameter, mask }] of parametersOf(name).entries()) {
          if (mask === ALL_BITS) {
            continue;
          }
          const having = (value: bigint) => args.map((arg, j) => (i === j ? value : arg));
          const filled = having((args[i] ?? 0n) | (ALL_BITS & ~mask));
          assert.is(resultOf(name, filled), plain, `${name}(${hex(filled)})`);
          if (!left.includes(i) && resultOf(name, having(mask)) !== plain) {
            told.add(`${name} ${parameter}`);
          }
        }
      }
    });
    assert.ok(told.size > 150, `only ${told.size} parameters`);
  },
);

test.run();
