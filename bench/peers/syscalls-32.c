// The 32-bit half of syscalls.c: makes batches of calls as 32-bit programs do, through the vDSO.
//
// A program of its own, because the kernel returns from there (SYSENTER or SYSCALL) into the 32-bit vDSO, which a
// 64-bit process does not have. It has no libc, so that a compiler for x86-64 can build it with nothing but -m32.
// It is started under the filter, reads a `struct request` from standard input for each batch, and writes a
// `struct answer` to standard output. Its clock is a system call, two a batch: they cost nothing beside the rest.

#include <stdint.h>

#include "syscalls.h"

enum { NR_EXIT = 1, NR_READ = 3, NR_WRITE = 4, NR_CLOCK_GETTIME = 265, CLOCK_MONOTONIC = 1 };
enum { AT_NULL = 0, AT_SYSINFO = 32 };

static uint32_t entry;

static inline int32_t call(int32_t number, uint32_t a, uint32_t b, uint32_t c) {
  int32_t result;
  __asm__ volatile("call *%[entry]"
                   : "=a"(result)
                   : "a"(number), "b"(a), "c"(b), "d"(c), "S"(0), "D"(0), [entry] "m"(entry)
                   : "memory");
  return result;
}

static int64_t now(void) {
  struct {
    int32_t seconds, nanoseconds;
  } time = {0, 0};
  call(NR_CLOCK_GETTIME, CLOCK_MONOTONIC, (uint32_t)&time, 0);
  return time.seconds * 1000000000ll + time.nanoseconds;
}

static int32_t repeat(const struct request *request, uint32_t calls) {
  int32_t result = 0;
  int32_t number = (int32_t)request->number;
  uint32_t a = (uint32_t)request->arguments[0], b = (uint32_t)request->arguments[1];
  uint32_t c = (uint32_t)request->arguments[2];
  for (uint32_t i = 0; i < calls; i++) result = call(number, a, b, c);
  return result;
}

__attribute__((used, noreturn)) static void run(const uint32_t *stack) {
  // argc, argv, NULL, environ, NULL, and then pairs of a type and a value.
  stack += 1 + *stack + 1;
  while (*stack++ != 0) continue;
  for (; stack[0] != AT_NULL; stack += 2)
    if (stack[0] == AT_SYSINFO) entry = stack[1];
  struct request request;
  while (entry != 0 && call(NR_READ, 0, (uint32_t)&request, sizeof request) == sizeof request) {
    repeat(&request, (uint32_t)request.calls / 4 + 1);
    int64_t start = now();
    int32_t result = repeat(&request, (uint32_t)request.calls);
    struct answer answer = {now() - start, result};
    if (call(NR_WRITE, 1, (uint32_t)&answer, sizeof answer) != sizeof answer) break;
  }
  for (;;) __asm__ volatile("int $0x80" : : "a"(NR_EXIT), "b"(1));
}

// Where the kernel begins: the arguments are on the stack, and the stack is aligned for the call.
__asm__(".globl _start\n_start:\n  mov %esp, %eax\n  and $-16, %esp\n  sub $12, %esp\n  push %eax\n  call run\n");
