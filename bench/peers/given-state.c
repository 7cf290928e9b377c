// Puts the process into a state that is not the usual one, and execs the launcher that must hand it on.
//
// Soft RLIMIT_NOFILE 256, SIGHUP ignored, SIGUSR2 blocked, SIGPIPE and SIGXFSZ default, umask 027, descriptor 9
// open on /dev/null and no other above 2. The process id is left in BENCH_PID, so that the command can tell whether
// it is still the same process.

#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv) {
  struct rlimit limit;
  sigset_t blocked;
  char pid[16];
  if (argc < 2 || getrlimit(RLIMIT_NOFILE, &limit) != 0) return 125;
  limit.rlim_cur = 256;
  if (setrlimit(RLIMIT_NOFILE, &limit) != 0) return 125;
  signal(SIGHUP, SIG_IGN);
  signal(SIGPIPE, SIG_DFL);
  signal(SIGXFSZ, SIG_DFL);
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR2);
  sigprocmask(SIG_SETMASK, &blocked, NULL);
  umask(027);
  close_range(3, ~0u, 0);
  if (dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 9) != 9) return 125;
  snprintf(pid, sizeof pid, "%d", getpid());
  setenv("BENCH_PID", pid, 1);
  execv(argv[1], argv + 1);
  return 127;
}
