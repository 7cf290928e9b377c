/*
 * Makes system calls under whatever filters its process has, each in a child of its own, and says what came of each.
 *
 * Usage: sweep FILE. FILE has one call a line: `n` (the native entry) or `i` (int 0x80, as 32-bit programs do it), the
 * number and six arguments, in hexadecimal; `t` is `i` from a second thread.
 *
 * Prints a line a call: `ret VALUE`, `trap ERRNO` (SIGSYS was delivered to a handler), `exit STATUS` (the call ended the
 * child), `signal NUMBER` (the child was killed), `thread` (only the thread was killed).
 */
#include "../../support/programs/native/calls.h"

#include <pthread.h>

#ifndef __x86_64__
#error "the two entries are those of x86-64"
#endif

/* Whether the call returns twice, the second time in a process that has nothing to say. */
static int returns_twice(char abi, unsigned long nr) {
  unsigned long number = nr & ~(1UL << 30); /* x32's bit */
  return abi == 'i' ? nr == 2 || nr == 120 || nr == 190 : number == SYS_clone || number == SYS_fork || number == SYS_vfork;
}

static struct {
  unsigned long nr;
  const unsigned long *args;
} of_thread;

static void *thread(void *unused) {
  shared->value = call_int80(of_thread.nr, of_thread.args);
  shared->state = 1;
  return unused;
}

static void call_in_thread(unsigned long nr, const unsigned long *args) {
  of_thread.nr = nr;
  of_thread.args = args;
  pthread_t second;
  pthread_create(&second, NULL, thread, NULL);
  pthread_join(second, NULL);
  if (shared->state == 0)
    shared->state = 3;
  end();
}

static void child(char abi, unsigned long nr, const unsigned long *args) {
  struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  if (abi == 't')
    call_in_thread(nr, args);
  long value = abi == 'i' ? call_int80(nr, args) : call_native(nr, args);
  if (value == 0 && returns_twice(abi, nr))
    end();
  shared->value = value;
  shared->state = 1;
  end();
}

int main(int argc, char **argv) {
  FILE *file = argc > 1 ? fopen(argv[1], "r") : NULL;
  if (!file) {
    perror("calls");
    return 2;
  }
  sigset_t ended = prepare_children();
  struct call call;
  while (read_call(file, &call)) {
    shared->state = 0;
    pid_t pid = fork();
    if (pid < 0) {
      perror("fork");
      return 2;
    }
    if (pid == 0)
      child(call.abi, call.nr, call.args);
    int status = status_of(pid, &ended);
    if (shared->state == 1)
      printf("ret %ld\n", shared->value);
    else if (shared->state == 2)
      printf("trap %ld\n", shared->value);
    else if (shared->state == 3)
      printf("thread\n");
    else if (WIFSIGNALED(status))
      printf("signal %d\n", WTERMSIG(status));
    else
      printf("exit %d\n", WEXITSTATUS(status));
  }
  return 0;
}
