/*
 * Calls by number, as native and as 32-bit programs make them, in a child that tells its parent what came of each.
 */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the child has to say; it may be forbidden to write it to a descriptor. */
static volatile struct {
  /* 0: it has ended during the call, 1: the call returned, 2: it was trapped, 3: see the program */
  int state;
  long value;
} *shared;

static void end(void) {
  syscall(SYS_exit_group, 0L);
  for (;;)
    __builtin_trap();
}

static void on_sigsys(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)context;
  shared->value = info->si_errno;
  shared->state = 2;
  end();
}

static long call_native(unsigned long nr, const unsigned long *a) {
#if defined(__x86_64__)
  register unsigned long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#else
  long result = syscall((long)nr, a[0], a[1], a[2], a[3], a[4], a[5]);
  return result;
#endif
}

static long call_int80(unsigned long nr, const unsigned long *a) {
#if defined(__x86_64__)
  long result;
  /* The sixth argument is in ebp, which the compiler may use for itself: it is swapped in and out. */
  __asm__ volatile("push %%rbp\n\tmov %[six], %%rbp\n\tint $0x80\n\tpop %%rbp"
                   : "=a"(result)
                   : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]), [six] "r"(a[5])
                   : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
#else
  (void)nr;
  (void)a;
  return 0;
#endif
}

/* A call as a line of the input gives it. */
struct call {
  char abi; /* n: the native entry, i: int 0x80, t: see the program */
  unsigned long nr, args[6];
};

static int read_call(FILE *file, struct call *call) {
  unsigned long *a = call->args;
  return fscanf(file, " %c %lx %lx %lx %lx %lx %lx %lx", &call->abi, &call->nr, a, a + 1, a + 2, a + 3, a + 4, a + 5) == 8;
}

/* To be called once, before the first child. */
static sigset_t prepare_children(void) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ended, NULL);
  return ended;
}

/* Waits for a child, and kills it when it takes too long: some calls (sigsuspend) wait with every signal blocked. */
static int status_of(pid_t pid, const sigset_t *ended, long patience_ns) {
  int status;
  struct timespec patience = {.tv_nsec = patience_ns};
  while (waitpid(pid, &status, WNOHANG) == 0)
    if (sigtimedwait(ended, NULL, &patience) < 0)
      kill(pid, SIGKILL);
  return status;
}
