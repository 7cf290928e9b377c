// Runs contestants in turns and measures each run: wall time, processor time, peak memory.
//
//     harness ROUNDS WARMUP CPU :: EVERY FIRST PROGRAM [ARG...] :: EVERY FIRST PROGRAM [ARG...] ...
//
// A contestant takes part in each EVERY-th round, and the round with the number FIRST is one of these. Within a round
// the order is shuffled, always from the same seed: a load on the machine then meets every contestant alike, and no
// contestant always runs after the same other one.
// WARMUP rounds come first and are not counted. CPU is the only processor to use, or -1 for all of them.
//
// Wall time is CLOCK_MONOTONIC from just before posix_spawn (which uses CLONE_VFORK) to the return of wait4.
// Processor time and peak memory are wait4's ru_utime + ru_stime and ru_maxrss. Both count from the spawn to the
// exit, so the launcher and the command together; ru_maxrss is the largest of all memory images that the process
// had, this program's own (which posix_spawn lends) among them.
//
// Standard output gets one JSON array, one object of arrays a contestant. A run that does not exit with 0 ends
// the whole measurement.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME "harness"
#include "peers/turns.h"

enum { MOST_CONTESTANTS = 32 };

struct contestant {
  long every, first;
  char **command;
  long count;
  int64_t *wall, *processor, *memory;
};

extern char **environ;

static void run(struct contestant *contestant, int counted) {
  pid_t pid;
  int status;
  struct rusage usage;
  const char *name = contestant->command[0];
  int64_t start = now();
  int error = posix_spawn(&pid, name, NULL, NULL, contestant->command, environ);
  if (error != 0) fail(strerror(error), name);
  while (wait4(pid, &status, 0, &usage) < 0)
    if (errno != EINTR) fail(strerror(errno), name);
  int64_t end = now();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
    char message[80];
    snprintf(message, sizeof message, WIFEXITED(status) ? "exited with status %d" : "was ended by signal %d",
             WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
    fail(message, name);
  }
  if (!counted) return;
  long i = contestant->count++;
  contestant->wall[i] = end - start;
  contestant->processor[i] = (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000000ll +
                             (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1000ll;
  contestant->memory[i] = usage.ru_maxrss;
}

static void print(FILE *out, const char *name, const int64_t *values, long count, const char *end) {
  fprintf(out, "\"%s\":[", name);
  for (long i = 0; i < count; i++) fprintf(out, "%s%lld", i ? "," : "", (long long)values[i]);
  fprintf(out, "]%s", end);
}

int main(int argc, char **argv) {
  static struct contestant contestants[MOST_CONTESTANTS];
  int count = 0, order[MOST_CONTESTANTS];
  if (argc < 7) fail("usage: harness ROUNDS WARMUP CPU :: EVERY FIRST PROGRAM [ARG...] ...", argv[0]);
  long rounds = atol(argv[1]), warmup = atol(argv[2]), cpu = atol(argv[3]);

  for (int i = 4; i < argc; i++) {
    if (strcmp(argv[i], "::") != 0) continue;
    argv[i] = NULL;
    if (i + 3 >= argc || count == MOST_CONTESTANTS) fail("bad list of contestants", argv[0]);
    struct contestant *contestant = &contestants[count];
    contestant->every = atol(argv[i + 1]);
    contestant->first = atol(argv[i + 2]);
    contestant->command = &argv[i + 3];
    contestant->wall = calloc((size_t)rounds, sizeof(int64_t));
    contestant->processor = calloc((size_t)rounds, sizeof(int64_t));
    contestant->memory = calloc((size_t)rounds, sizeof(int64_t));
    order[count] = count;
    count++;
  }
  if (cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET((size_t)cpu, &set);
    if (sched_setaffinity(0, sizeof set, &set) != 0) fail(strerror(errno), "CPU");
  }

  // The contestants' own output is none of the result.
  FILE *out = fdopen(fcntl(1, F_DUPFD_CLOEXEC, 3), "w");
  int null = open("/dev/null", O_RDWR);
  if (out == NULL || null < 0 || dup2(null, 0) < 0 || dup2(null, 1) < 0) fail(strerror(errno), "/dev/null");
  if (null > 2) close(null);

  for (long round = -warmup; round < rounds; round++) {
    shuffle(order, count);
    for (int i = 0; i < count; i++) {
      struct contestant *contestant = &contestants[order[i]];
      if ((round - contestant->first) % contestant->every == 0) run(contestant, round >= 0);
    }
  }

  fputc('[', out);
  for (int i = 0; i < count; i++) {
    const struct contestant *contestant = &contestants[i];
    fputs(i ? ",\n{" : "{", out);
    print(out, "wallNs", contestant->wall, contestant->count, ",");
    print(out, "processorNs", contestant->processor, contestant->count, ",");
    print(out, "maxRssKb", contestant->memory, contestant->count, "}");
  }
  fputs("]\n", out);
  return fclose(out) == 0 ? 0 : 1;
}
