/*
 * Says by which profile it is confined: makes calls that are harmless, prints how each was answered, and ends with a
 * status that tells it too.
 *
 *   witness [NAME[:ARGUMENT]]...     left out: sched_get_priority_max:1
 *
 * No call answers an errno above 1000 by itself, so that one which does was answered by a filter. The exit status is
 * 40 and what all of these errnos have above 1000; 39 where they differ, which is a filter that no profile asked for;
 * 38 where there is none of them.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { NOT_ANSWERED = 38, MIXED = 39, ANSWERED = 40, MAGIC = 1000 };

static const struct {
  const char *name;
  long number;
} CALLS[] = {
    {"sched_get_priority_max", SYS_sched_get_priority_max},
    {"acct", SYS_acct},
    {"add_key", SYS_add_key},
    {"bpf", SYS_bpf},
    {"io_uring_enter", SYS_io_uring_enter},
    {"kcmp", SYS_kcmp},
    {"personality", SYS_personality},
    {"socket", SYS_socket},
    {"userfaultfd", SYS_userfaultfd},
};

/* Makes the call that the word names, and returns what came of it: a value, or an errno below zero. */
static long answer(const char *word) {
  size_t length = strcspn(word, ":");
  /* All bits set is no descriptor and no address; what is let through fails by itself. */
  unsigned long argument = word[length] ? strtoul(word + length + 1, NULL, 0) : -1UL;
  for (size_t i = 0; i < sizeof CALLS / sizeof *CALLS; i++) {
    if (strlen(CALLS[i].name) == length && !strncmp(CALLS[i].name, word, length)) {
      long result = syscall(CALLS[i].number, argument, -1UL, -1UL, -1UL, -1UL, -1UL);
      return result == -1 ? -errno : result;
    }
  }
  fprintf(stderr, "witness: unknown call %s\n", word);
  exit(2);
}

int main(int argc, char **argv) {
  static char *one[] = {"sched_get_priority_max:1"};
  char **words = argc > 1 ? argv + 1 : one;
  int count = argc > 1 ? argc - 1 : 1, status = NOT_ANSWERED;
  for (int i = 0; i < count; i++) {
    long result = answer(words[i]);
    printf("%s%ld", i ? " " : "", result);
    if (result < -MAGIC) {
      int this = ANSWERED + (int)(-result - MAGIC);
      status = status == NOT_ANSWERED || status == this ? this : MIXED;
    }
  }
  printf("\n");
  return status;
}
