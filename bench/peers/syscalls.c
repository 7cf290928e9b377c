// Measures what system calls cost under filters: one process a filter, which take turns on one processor.
//
//     syscalls ROUNDS TURNS CALLS CPU HELPER FILTER... :: CALL...
//
// FILTER is a file of struct sock_filter, or - for none. CALL is GATE,NUMBER[,ARGUMENT...] with up to three arguments
// (the others are 0). GATE is `syscall`; `int80` for a 32-bit call through that interrupt; or `vdso32` for one as
// 32-bit programs make it, which HELPER does: syscalls-32.c, started under the same filter. x86-64 only.
//
// Each round forks the processes anew, in an order of its own, so that neither the place of a process nor that of
// the code that the kernel made of its filter decides. In a turn every process makes a batch of CALLS calls of each
// kind: for one kind after the other, the processes in an order that is shuffled each time (always from the same
// seed). So a load on the machine meets all filters alike. CPU is the processor to use, or -1 for the last allowed.
//
// A batch begins with calls that are not counted, since another process had the processor and its caches. Its time
// is CLOCK_MONOTONIC, which is read without a system call.
//
// Standard output gets one JSON array: for each filter an array with an object for each kind of call, of what the
// calls answered (a negative errno where they fail) and nanoseconds a call, one entry a batch, round by round.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define NAME "syscalls"
#include "syscalls.h"
#include "turns.h"

#ifndef __x86_64__
#error "x86-64 only: the 32-bit calls are made through int 0x80"
#endif

enum { MOST_FILTERS = 16, MOST_KINDS = 32 };

enum gate { SYSCALL, INT80, VDSO32 };

struct kind {
  enum gate gate;
  struct request request;
};

struct process {
  pid_t pid;
  int to, from;
};

struct filter {
  const char *name;
  struct sock_fprog program;  // len 0: none
  struct process own, helper;
};

static struct filter filters[MOST_FILTERS];
static struct kind kinds[MOST_KINDS];
static int filter_count, kind_count;
static double *times[MOST_FILTERS][MOST_KINDS];
static int64_t results[MOST_FILTERS][MOST_KINDS];

static int64_t repeat_native(const struct request *request, int64_t calls) {
  int64_t result = 0;
  register long r10 __asm__("r10") = 0;
  register long r8 __asm__("r8") = 0;
  register long r9 __asm__("r9") = 0;
  const int64_t *arguments = request->arguments;
  for (int64_t i = 0; i < calls; i++)
    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(request->number), "D"(arguments[0]), "S"(arguments[1]), "d"(arguments[2]), "r"(r10),
                       "r"(r8), "r"(r9)
                     : "rcx", "r11", "memory");
  return result;
}

static int64_t repeat_int80(const struct request *request, int64_t calls) {
  int64_t result = 0;
  const int64_t *arguments = request->arguments;
  for (int64_t i = 0; i < calls; i++)
    // Kernels before 4.17 do not keep r8 to r11.
    __asm__ volatile("int $0x80"
                     : "=a"(result)
                     : "a"(request->number), "b"(arguments[0]), "c"(arguments[1]), "d"(arguments[2]), "S"(0l),
                       "D"(0l)
                     : "r8", "r9", "r10", "r11", "memory");
  return (int32_t)result;
}

static struct answer run(const struct kind *kind) {
  int64_t (*repeat)(const struct request *, int64_t) = kind->gate == INT80 ? repeat_int80 : repeat_native;
  const struct request *request = &kind->request;
  repeat(request, request->calls / 4 + 1);
  int64_t start = now();
  int64_t result = repeat(request, request->calls);
  return (struct answer){now() - start, result};
}

static long install(const struct sock_fprog *program) {
  // SPEC_ALLOW is what the runtimes ask for when a profile names no flags.
  return syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, program);
}

static void confine(const struct filter *filter) {
  if (filter->program.len == 0 || install(&filter->program) == 0) return;
  // EACCES: without CAP_SYS_ADMIN the kernel demands no_new_privs first.
  if (errno != EACCES || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || install(&filter->program) != 0)
    fail(strerror(errno), filter->name);
}

// What a process does under its filter: a batch for each byte that it reads, which says the kind.
static void serve(int in, int out) {
  unsigned char kind;
  while (read(in, &kind, 1) == 1) {
    struct answer answer = run(&kinds[kind]);
    if (write(out, &answer, sizeof answer) != sizeof answer) break;
  }
  _exit(1);
}

static struct process start(const struct filter *filter, const char *program) {
  int to[2], from[2];
  if (pipe2(to, O_CLOEXEC) != 0 || pipe2(from, O_CLOEXEC) != 0) fail(strerror(errno), "pipe2");
  pid_t pid = fork();
  if (pid < 0) fail(strerror(errno), "fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (program != NULL && (dup2(to[0], 0) != 0 || dup2(from[1], 1) != 1)) fail(strerror(errno), "dup2");
    confine(filter);
    if (program == NULL) serve(to[0], from[1]);
    execl(program, program, NULL);
    fail(strerror(errno), program);
  }
  close(to[0]);
  close(from[1]);
  return (struct process){pid, to[1], from[0]};
}

// Not by closing its pipe: the processes that were forked later hold copies of it.
static void stop(const struct process *process) {
  if (process->pid <= 0) return;
  kill(process->pid, SIGKILL);
  waitpid(process->pid, NULL, 0);
  close(process->to);
  close(process->from);
}

static struct answer ask(const struct filter *filter, int kind) {
  unsigned char byte = (unsigned char)kind;
  const struct request *request = &kinds[kind].request;
  int own = kinds[kind].gate != VDSO32;
  const struct process *process = own ? &filter->own : &filter->helper;
  ssize_t length = own ? 1 : (ssize_t)sizeof *request;
  struct answer answer;
  if (write(process->to, own ? (const void *)&byte : request, (size_t)length) != length ||
      read(process->from, &answer, sizeof answer) != sizeof answer) {
    int status = 0;
    char message[120];
    waitpid(process->pid, &status, 0);
    snprintf(message, sizeof message, "the process ended in call %d: %s", kind,
             WIFSIGNALED(status) ? strsignal(WTERMSIG(status)) : "it cannot work under this filter");
    fail(message, filter->name);
  }
  return answer;
}

static void read_filter(struct filter *filter) {
  if (strcmp(filter->name, "-") == 0) return;
  FILE *file = fopen(filter->name, "re");
  struct sock_filter *code = calloc(BPF_MAXINSNS + 1, sizeof *code);
  if (file == NULL || code == NULL) fail(strerror(errno), filter->name);
  size_t length = fread(code, sizeof *code, BPF_MAXINSNS + 1, file);
  fclose(file);
  if (length == 0 || length > BPF_MAXINSNS) fail("no filter, or one that is too long", filter->name);
  filter->program = (struct sock_fprog){(unsigned short)length, code};
}

static void read_kind(struct kind *kind, char *text, int64_t calls) {
  struct request *request = &kind->request;
  char *part = strtok(text, ",");
  if (part == NULL) fail("no call", "usage");
  kind->gate = strcmp(part, "int80") == 0 ? INT80 : strcmp(part, "vdso32") == 0 ? VDSO32 : SYSCALL;
  part = strtok(NULL, ",");
  if (part == NULL) fail("a call without a number", text);
  request->number = strtol(part, NULL, 0);
  // Under a hypervisor that intercepts it the interrupt takes a hundred times as long.
  request->calls = kind->gate == INT80 ? calls / 10 + 1 : calls;
  for (int i = 0; i < 3 && (part = strtok(NULL, ",")) != NULL; i++)
    request->arguments[i] = (int64_t)strtoull(part, NULL, 0);
}

static void pin(long wanted) {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof set, &set) != 0) fail(strerror(errno), "CPU");
  for (long cpu = 0; wanted < 0 && cpu < CPU_SETSIZE; cpu++)
    if (CPU_ISSET((size_t)(CPU_SETSIZE - 1 - cpu), &set)) wanted = CPU_SETSIZE - 1 - cpu;
  CPU_ZERO(&set);
  CPU_SET((size_t)wanted, &set);
  if (sched_setaffinity(0, sizeof set, &set) != 0) fail(strerror(errno), "CPU");
}

int main(int argc, char **argv) {
  if (argc < 9) fail("usage: syscalls ROUNDS TURNS CALLS CPU HELPER FILTER... :: CALL...", argv[0]);
  long rounds = atol(argv[1]), turns = atol(argv[2]), calls = atol(argv[3]);
  int at = 6, helped = 0;
  for (; at < argc && strcmp(argv[at], "::") != 0; at++) {
    if (filter_count == MOST_FILTERS) fail("too many filters", argv[0]);
    filters[filter_count].name = argv[at];
    read_filter(&filters[filter_count++]);
  }
  for (at++; at < argc; at++) {
    if (kind_count == MOST_KINDS) fail("too many calls", argv[0]);
    read_kind(&kinds[kind_count], argv[at], calls);
    helped |= kinds[kind_count++].gate == VDSO32;
  }
  if (rounds < 1 || turns < 1 || calls < 1 || filter_count == 0 || kind_count == 0) fail("nothing to do", argv[0]);
  for (int f = 0; f < filter_count; f++)
    for (int k = 0; k < kind_count; k++) times[f][k] = calloc((size_t)(rounds * turns), sizeof(double));
  signal(SIGPIPE, SIG_IGN);
  pin(atol(argv[4]));

  int order[MOST_FILTERS];
  for (int i = 0; i < filter_count; i++) order[i] = i;
  for (long round = 0; round < rounds; round++) {
    shuffle(order, filter_count);
    for (int i = 0; i < filter_count; i++) {
      struct filter *filter = &filters[order[i]];
      filter->own = start(filter, NULL);
      if (helped) filter->helper = start(filter, argv[5]);
    }
    // The first turn is not counted.
    for (long turn = -1; turn < turns; turn++) {
      for (int kind = 0; kind < kind_count; kind++) {
        shuffle(order, filter_count);
        for (int i = 0; i < filter_count; i++) {
          int one = order[i];
          struct answer answer = ask(&filters[one], kind);
          if (round == 0 && turn < 0) results[one][kind] = answer.result;
          if (answer.result != results[one][kind]) fail("a call does not always answer the same", filters[one].name);
          if (turn >= 0) times[one][kind][round * turns + turn] = (double)answer.ns / (double)kinds[kind].request.calls;
        }
      }
    }
    for (int i = 0; i < filter_count; i++) {
      stop(&filters[i].own);
      stop(&filters[i].helper);
    }
  }

  printf("[");
  for (int f = 0; f < filter_count; f++) {
    printf(f > 0 ? ",\n[" : "[");
    for (int k = 0; k < kind_count; k++) {
      printf("%s{\"result\":%lld,\"ns\":[", k > 0 ? ",\n" : "", (long long)results[f][k]);
      for (long i = 0; i < rounds * turns; i++) printf("%s%.2f", i > 0 ? "," : "", times[f][k][i]);
      printf("]}");
    }
    printf("]");
  }
  printf("]\n");
  return fflush(stdout) == 0 ? 0 : 1;
}
