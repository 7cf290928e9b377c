/*
 * Makes one harmless system call and prints its result, `value N` or `error N`, which shows the verdict.
 *
 *   probe                      sched_get_priority_max(SCHED_FIFO)
 *   probe CALL [ARG...]        that call; CALL is one of the names below or a number, arguments are unsigned 64-bit
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
  const char *name;
  long number;
} CALLS[] = {
    {"sched_get_priority_max", SYS_sched_get_priority_max},
    {"getppid", SYS_getppid},
};

static long number_of(const char *name) {
  for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
    if (!strcmp(CALLS[i].name, name)) {
      return CALLS[i].number;
    }
  }
  return strtol(name, NULL, 0);
}

int main(int argc, char **argv) {
  unsigned long args[6] = {SCHED_FIFO};
  for (int i = 2; i < argc && i < 8; i++) {
    args[i - 2] = strtoul(argv[i], NULL, 0);
  }
  long number = argc > 1 ? number_of(argv[1]) : SYS_sched_get_priority_max;
  errno = 0;
  long result = syscall(number, args[0], args[1], args[2], args[3], args[4], args[5]);
  if (result == -1 && errno != 0) {
    printf("error %d\n", errno);
  } else {
    printf("value %ld\n", result);
  }
  return 0;
}
