// Prints the lengths of all filters that a running process is under, as a JSON array, the oldest first.
//
//     read-filters PID
//
// It takes CAP_SYS_ADMIN and a kernel with CONFIG_CHECKPOINT_RESTORE (PTRACE_SECCOMP_GET_FILTER of ptrace(2)).

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>

static void fail(const char *what) {
  fprintf(stderr, "read-filters: %s: %s\n", what, strerror(errno));
  exit(1);
}

int main(int argc, char **argv) {
  pid_t pid = argc > 1 ? atoi(argv[1]) : 0;
  if (pid <= 0) return 2;
  if (ptrace(PTRACE_SEIZE, pid, NULL, NULL) != 0) fail("PTRACE_SEIZE");
  if (ptrace(PTRACE_INTERRUPT, pid, NULL, NULL) != 0) fail("PTRACE_INTERRUPT");
  if (waitpid(pid, NULL, __WALL) != pid) fail("waitpid");
  printf("[");
  for (long i = 0;; i++) {
    long length = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, (void *)i, NULL);
    if (length < 0) {
      // ENOENT: there is none with this index; EINVAL: there is none at all.
      if (errno != ENOENT && !(errno == EINVAL && i == 0)) fail("PTRACE_SECCOMP_GET_FILTER");
      break;
    }
    printf("%s%ld", i ? "," : "", length);
  }
  printf("]\n");
  return 0;
}
