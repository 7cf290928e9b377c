/*
 * Makes system calls under a filter and says what came of each.
 *
 * Usage: verdicts FILTER < CALLS. FILTER is a file of struct sock_filter. CALLS has one call a line: `n` (the native
 * entry) or `i` (int 0x80, as 32-bit programs do it), the number and six arguments, in hexadecimal. Each call is
 * made by a child that installs the filter itself, so that neither this program nor the next call is bound by it.
 *
 * Prints a line a call: `ret VALUE`, `trap ERRNO` (SIGSYS was delivered), `signal NUMBER` (it was killed).
 */
#include "../../support/programs/native/calls.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

static struct sock_filter filter[4096];

static void child(const struct sock_fprog *program, char abi, unsigned long nr, const unsigned long *args) {
  struct sigaction action = {.sa_sigaction = on_sigsys, .sa_flags = SA_SIGINFO};
  sigaction(SIGSYS, &action, NULL);
  if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0L, program) != 0) {
    /* The filter was refused. */
    shared->state = 3;
    _exit(0);
  }
  long value = abi == 'i' ? call_int80(nr, args) : call_native(nr, args);
  shared->value = value;
  shared->state = 1;
  end();
}

int main(int argc, char **argv) {
  FILE *file = argc > 1 ? fopen(argv[1], "rb") : NULL;
  if (!file) {
    perror("filter");
    return 2;
  }
  struct sock_fprog program = {.len = (unsigned short)fread(filter, sizeof *filter, 4096, file), .filter = filter};
  fclose(file);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  sigset_t ended = prepare_children();
  struct call call;
  while (read_call(stdin, &call)) {
    shared->state = 0;
    pid_t pid = fork();
    if (pid == 0)
      child(&program, call.abi, call.nr, call.args);
    int status = status_of(pid, &ended);
    if (shared->state == 1)
      printf("ret %ld\n", shared->value);
    else if (shared->state == 2)
      printf("trap %ld\n", shared->value);
    else if (shared->state == 3)
      printf("refused\n");
    else
      printf("signal %d\n", WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  }
  return 0;
}
