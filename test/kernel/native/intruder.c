/* Tries to get at a process, given by its number, as another of the same user can: prints each attempt and its errno. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

static void attempt(const char *what, long result) {
  printf("%s: %d\n", what, result < 0 ? errno : 0);
}

int main(int argc, char **argv) {
  pid_t pid = argc > 1 ? atoi(argv[1]) : 0;
  char path[64];
  int word = 0;
  struct iovec local = {&word, sizeof word}, remote = {(void *)0x400000, sizeof word};
  attempt("PTRACE_SEIZE", ptrace(PTRACE_SEIZE, pid, 0, 0));
  attempt("PTRACE_ATTACH", ptrace(PTRACE_ATTACH, pid, 0, 0));
  attempt("process_vm_readv", process_vm_readv(pid, &local, 1, &remote, 1, 0));
  attempt("process_vm_writev", process_vm_writev(pid, &local, 1, &remote, 1, 0));
  int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
  for (int fd = 0; fd < 8; fd++) {
    snprintf(path, sizeof path, "pidfd_getfd %d", fd);
    attempt(path, syscall(SYS_pidfd_getfd, pidfd, fd, 0));
  }
  for (int i = 0; i < 3; i++) {
    static const char *const files[] = {"mem", "fd", "maps"};
    snprintf(path, sizeof path, "/proc/%d/%s", pid, files[i]);
    attempt(files[i], open(path, i == 0 ? O_RDWR : O_RDONLY));
  }
  return 0;
}
