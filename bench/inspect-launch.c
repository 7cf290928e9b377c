// Looks at one launch through ptrace, from the launcher's first instruction to the command's.
//
//     inspect-launch [--steps] [--filter FILE] PROGRAM [ARG...]
//
// Prints one JSON object:
//   execs          how often the process was replaced: 2 means PROGRAM, and the command that it started
//   systemCalls    calls of all threads from the launcher's start up to and including the last execve
//   peakKb         VmHWM of the launcher alone, as it enters its last execve
//   anonymousKb    RssAnon at that moment
//   threads        threads of the launcher at that moment
//   filter         instructions of the filter that the command starts under; -1: none; -2: the kernel hides it
//   instructions   with --steps, instructions executed in user mode from the launcher's start to the command's,
//                  where a repeated string instruction counts once; the single steps make this slow
// With --filter the filter is written to FILE as raw struct sock_filter. The kernel shows filters
// (PTRACE_SECCOMP_GET_FILTER) only to CAP_SYS_ADMIN, and only when built with CONFIG_CHECKPOINT_RESTORE.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct figures {
  int execs;
  long calls, peak, anonymous, threads, filter;
  long long instructions;
};

static void fail(const char *what) {
  fprintf(stderr, "inspect-launch: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void read_status(pid_t pid, struct figures *figures) {
  char path[64], line[256];
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "re");
  if (file == NULL) fail(path);
  while (fgets(line, sizeof line, file) != NULL) {
    sscanf(line, "VmHWM: %ld", &figures->peak);
    sscanf(line, "RssAnon: %ld", &figures->anonymous);
    sscanf(line, "Threads: %ld", &figures->threads);
  }
  fclose(file);
}

static int filter_count(pid_t pid) {
  char path[64], line[256];
  int count = 0;
  snprintf(path, sizeof path, "/proc/%d/status", pid);
  FILE *file = fopen(path, "re");
  if (file == NULL) fail(path);
  while (fgets(line, sizeof line, file) != NULL) sscanf(line, "Seccomp_filters: %d", &count);
  fclose(file);
  return count;
}

static long read_filter(pid_t pid, const char *file) {
  if (filter_count(pid) == filter_count(getpid())) return -1;
  long count = ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, NULL);
  if (count < 0) return -2;
  struct sock_filter *filter = calloc((size_t)count, sizeof *filter);
  if (filter == NULL || ptrace(PTRACE_SECCOMP_GET_FILTER, pid, 0, filter) != count) return -2;
  if (file != NULL) {
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    ssize_t size = count * (long)sizeof *filter;
    if (fd < 0 || write(fd, filter, (size_t)size) != size || close(fd) != 0) fail(file);
  }
  free(filter);
  return count;
}

#if defined(__x86_64__)
static unsigned long long position(pid_t pid) {
  struct user_regs_struct registers;
  return ptrace(PTRACE_GETREGS, pid, NULL, &registers) == 0 ? registers.rip : 0;
}
#else
static unsigned long long position(pid_t pid) {
  (void)pid;
  static unsigned long long different;  // no repeated string instructions here: each stop is one instruction
  return ++different;
}
#endif

static void follow(pid_t child, int steps, const char *filter_file, struct figures *figures) {
  unsigned long long last = 0;
  int status;
  for (;;) {
    pid_t pid = waitpid(-1, &status, __WALL);
    if (pid < 0) return;
    if (WIFEXITED(status) || WIFSIGNALED(status)) {
      if (pid != child) continue;
      if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        fprintf(stderr, "inspect-launch: the program or its command failed, wait status 0x%x\n", (unsigned)status);
        exit(1);
      }
      return;
    }
    int signal = WSTOPSIG(status), event = status >> 16, deliver = 0;
    if (event == PTRACE_EVENT_EXEC) {
      figures->execs++;
      if (figures->execs == 1) figures->calls = figures->instructions = 0;
      if (figures->execs == 2) figures->filter = read_filter(pid, filter_file);
    } else if (signal == (SIGTRAP | 0x80)) {
      struct __ptrace_syscall_info info;
      if (figures->execs == 1 && ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof info, &info) > 0 &&
          info.op == PTRACE_SYSCALL_INFO_ENTRY) {
        figures->calls++;
        if (info.entry.nr == SYS_execve || info.entry.nr == SYS_execveat) read_status(pid, figures);
      }
    } else if (signal == SIGTRAP && steps && event == 0) {
      unsigned long long here = position(pid);
      if (here != last) figures->instructions++;
      last = here;
    } else if (event == 0 && signal != SIGSTOP) {
      deliver = signal;
    }
    int step = steps && figures->execs == 1;
    ptrace(step ? PTRACE_SINGLESTEP : figures->execs < 2 ? PTRACE_SYSCALL : PTRACE_CONT, pid, NULL, deliver);
  }
}

int main(int argc, char **argv) {
  int steps = 0, first = 1, status;
  const char *filter_file = NULL;
  for (; first < argc && argv[first][0] == '-'; first++) {
    if (strcmp(argv[first], "--steps") == 0) steps = 1;
    else if (strcmp(argv[first], "--filter") == 0 && first + 1 < argc) filter_file = argv[++first];
    else break;
  }
  if (first >= argc || argv[first][0] == '-') {
    fprintf(stderr, "usage: inspect-launch [--steps] [--filter FILE] PROGRAM [ARG...]\n");
    return 2;
  }
  pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0) fail("PTRACE_TRACEME");
    raise(SIGSTOP);
    execv(argv[first], argv + first);
    fail(argv[first]);
  }
  struct figures figures = {0, 0, 0, 0, 0, -2, 0};
  if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) fail("PTRACE_TRACEME");
  long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_TRACECLONE | PTRACE_O_EXITKILL;
  if (ptrace(PTRACE_SETOPTIONS, child, NULL, options) != 0) fail("PTRACE_SETOPTIONS");
  if (ptrace(PTRACE_SYSCALL, child, NULL, 0) != 0) fail("PTRACE_SYSCALL");
  follow(child, steps, filter_file, &figures);
  printf("{\"execs\":%d,\"systemCalls\":%ld,\"peakKb\":%ld,\"anonymousKb\":%ld,\"threads\":%ld,\"filter\":%ld,"
         "\"instructions\":%lld}\n",
         figures.execs, figures.calls, figures.peak, figures.anonymous, figures.threads, figures.filter,
         figures.instructions);
  return 0;
}
