/* Prints the process state that a program starts with, one "name: value" a line, for comparison. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

/* These change from one run to the next, whoever execs. */
static const char *const VARYING[] = {"VmPeak", "VmSize", "VmHWM", "VmRSS", "RssAnon", "RssFile", "VmData", "VmStk",
                                      "VmExe", "VmLib", "VmPTE", "HugetlbPages", "voluntary_ctxt_switches",
                                      "nonvoluntary_ctxt_switches", "Cpus_allowed_list", "x86_Thread_features",
                                      /* Of all processes of the user together. */
                                      "SigQ"};

static void print_bytes(const char *name, const char *bytes) {
  printf("%s: ", name);
  for (const unsigned char *p = (const unsigned char *)bytes; *p; p++) {
    if (*p < 0x20 || *p > 0x7e || *p == '\\')
      printf("\\x%02x", *p);
    else
      putchar(*p);
  }
  putchar('\n');
}

static void print_status(void) {
  char line[4096];
  FILE *file = fopen("/proc/self/status", "re");
  while (file && fgets(line, sizeof line, file)) {
    int varies = 0;
    for (size_t i = 0; i < sizeof VARYING / sizeof *VARYING; i++) {
      size_t n = strlen(VARYING[i]);
      varies |= strncmp(line, VARYING[i], n) == 0 && line[n] == ':';
    }
    if (!varies)
      printf("status.%s", line);
  }
  if (file)
    fclose(file);
}

static void print_descriptors(void) {
  for (int fd = 0; fd < 64; fd++) {
    int flags = fcntl(fd, F_GETFD);
    if (flags < 0)
      continue;
    char link[64], target[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, target, sizeof target - 1);
    target[n < 0 ? 0 : n] = 0;
    printf("fd.%d: %s flags %d status %d offset %ld\n", fd, target, flags, fcntl(fd, F_GETFL),
           (long)lseek(fd, 0, SEEK_CUR));
  }
}

static void print_signals(void) {
  for (int signal = 1; signal < 65; signal++) {
    struct {
      void *handler;
      unsigned long flags;
      void *restorer;
      unsigned long mask;
    } action = {0};
    if (syscall(SYS_rt_sigaction, signal, NULL, &action, 8L) == 0)
      printf("signal.%d: %p flags %lx\n", signal, action.handler, action.flags);
  }
  stack_t stack;
  sigaltstack(NULL, &stack);
  printf("sigaltstack: flags %d\n", stack.ss_flags);
}

static void print_limits(void) {
  for (int limit = 0; limit < RLIM_NLIMITS; limit++) {
    struct rlimit value;
    if (getrlimit(limit, &value) == 0)
      printf("limit.%d: %lu %lu\n", limit, (unsigned long)value.rlim_cur, (unsigned long)value.rlim_max);
  }
}

/* As another process sees them: whether a lock that the caller took is still held. */
static void print_locks(void) {
  for (int fd = 0; fd < 64; fd++) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    int from_child[2], held = 0;
    if (fcntl(fd, F_GETFL) < 0 || pipe(from_child) != 0)
      continue;
    if (fork() == 0) {
      held = fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK && lock.l_pid == getppid();
      _exit(write(from_child[1], &held, sizeof held) != sizeof held);
    }
    if (read(from_child[0], &held, sizeof held) == sizeof held && held)
      printf("lock.%d: held\n", fd);
    close(from_child[0]);
    close(from_child[1]);
    wait(NULL);
  }
}

static void print_children(void) {
  sigset_t pending;
  sigpending(&pending);
  printf("wait: %d %d\n", waitpid(-1, NULL, WNOHANG), errno);
  printf("sigchld: %d\n", sigismember(&pending, SIGCHLD));
}

static void print_file(const char *name, const char *path) {
  char line[4096];
  FILE *file = fopen(path, "re");
  while (file && fgets(line, sizeof line, file))
    printf("%s: %s", name, line);
  if (file)
    fclose(file);
}

int main(int argc, char **argv) {
  static char buffer[1 << 16];
  setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
  char name[32], cwd[4096];
  print_children();
  print_descriptors();
  for (int i = 0; i < argc; i++) {
    snprintf(name, sizeof name, "argv.%d", i);
    print_bytes(name, argv[i]);
  }
  for (int i = 0; environ[i]; i++) {
    snprintf(name, sizeof name, "environ.%d", i);
    print_bytes(name, environ[i]);
  }
  print_status();
  print_signals();
  print_limits();
  printf("pid: %d\nppid: %d\npgid: %d\nsid: %d\n", getpid(), getppid(), getpgrp(), getsid(0));
  print_bytes("cwd", getcwd(cwd, sizeof cwd) ? cwd : "");
  mode_t mask = umask(0);
  printf("umask: %o\n", mask);
  printf("nice: %d\nscheduler: %d\nioprio: %ld\n", getpriority(PRIO_PROCESS, 0), sched_getscheduler(0),
         syscall(SYS_ioprio_get, 1, 0));
  int death = 0, subreaper = 0;
  prctl(PR_GET_PDEATHSIG, &death);
  prctl(PR_GET_CHILD_SUBREAPER, &subreaper);
  printf("pdeathsig: %d\nsubreaper: %d\ndumpable: %d\nkeepcaps: %d\nsecurebits: %d\ntimerslack: %d\nthp_disable: %d\n",
         death, subreaper, prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), prctl(PR_GET_SECUREBITS),
         prctl(PR_GET_TIMERSLACK), prctl(PR_GET_THP_DISABLE, 0, 0, 0, 0));
  printf("personality: %lx\n", syscall(SYS_personality, 0xffffffffUL));
  printf("speculation: %d %d\n", prctl(PR_GET_SPECULATION_CTRL, 0, 0, 0, 0), prctl(PR_GET_SPECULATION_CTRL, 1, 0, 0, 0));
  struct itimerval timer;
  for (int which = 0; which < 3; which++)
    if (getitimer(which, &timer) == 0)
      printf("itimer.%d: %s\n", which, timer.it_value.tv_sec || timer.it_value.tv_usec ? "armed" : "off");
  print_file("oom_score_adj", "/proc/self/oom_score_adj");
  print_file("cgroup", "/proc/self/cgroup");
  print_file("coredump_filter", "/proc/self/coredump_filter");
  print_file("timerslack_ns", "/proc/self/timerslack_ns");
  printf("tty: %d %d\n", open("/dev/tty", O_RDONLY | O_CLOEXEC) >= 0, tcgetpgrp(0) == getpgrp());
  cpu_set_t cpus;
  if (sched_getaffinity(0, sizeof cpus, &cpus) == 0)
    printf("cpus: %d\n", CPU_COUNT(&cpus));
  print_locks();
  return 0;
}
