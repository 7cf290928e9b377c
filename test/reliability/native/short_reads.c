/*
 * Runs a launch whose reads of files come back short, or whose files end early, as they may on a network.
 *
 *   short_reads MOST END COMMAND [ARG...]
 *
 * Until the command has executed another program, none of its read(2)s gets more than MOST bytes, and after END bytes
 * of a file that it has opened each gets none. Ends as the command does.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(int failed, const char *what) {
  if (failed) {
    perror(what);
    exit(99);
  }
}

/* Ends this process as the other one ended. */
static int end_as(int how) {
  if (WIFSIGNALED(how)) {
    signal(WTERMSIG(how), SIG_DFL);
    raise(WTERMSIG(how));
  }
  return WEXITSTATUS(how);
}

int main(int argc, char **argv) {
  if (argc < 4)
    return 99;
  unsigned long most = strtoul(argv[1], NULL, 0), end = strtoul(argv[2], NULL, 0), left = end;
  pid_t pid = fork();
  check(pid < 0, "fork");
  if (pid == 0) {
    check(ptrace(PTRACE_TRACEME, 0, 0, 0) != 0, "PTRACE_TRACEME");
    raise(SIGSTOP);
    execv(argv[3], argv + 3);
    check(1, argv[3]);
  }
  int how, execs = 0, entering = 1;
  check(waitpid(pid, &how, 0) != pid, "waitpid");
  int options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEEXEC | PTRACE_O_EXITKILL;
  check(ptrace(PTRACE_SETOPTIONS, pid, 0, options) != 0, "PTRACE_SETOPTIONS");
  for (int deliver = 0;;) {
    check(ptrace(PTRACE_SYSCALL, pid, 0, deliver) != 0, "PTRACE_SYSCALL");
    check(waitpid(pid, &how, 0) != pid, "waitpid");
    deliver = 0;
    if (!WIFSTOPPED(how))
      return end_as(how);
    if (how >> 8 == (SIGTRAP | PTRACE_EVENT_EXEC << 8)) {
      if (++execs == 2)
        break;
    } else if (WSTOPSIG(how) != (SIGTRAP | 0x80)) {
      deliver = WSTOPSIG(how);
    } else {
      struct user_regs_struct registers;
      check(ptrace(PTRACE_GETREGS, pid, 0, &registers) != 0, "PTRACE_GETREGS");
      /* The start of the command is read as well, and what is not whole is read again: each from its beginning. */
      if (execs == 1 && registers.orig_rax == SYS_openat)
        left = end;
      if (execs == 1 && registers.orig_rax == SYS_read) {
        if (entering) {
          unsigned long allowed = most < left ? most : left;
          if (registers.rdx > allowed)
            registers.rdx = allowed;
          check(ptrace(PTRACE_SETREGS, pid, 0, &registers) != 0, "PTRACE_SETREGS");
        } else if ((long)registers.rax > 0) {
          left -= registers.rax;
        }
      }
      entering = !entering;
    }
  }
  check(ptrace(PTRACE_DETACH, pid, 0, 0) != 0, "PTRACE_DETACH");
  check(waitpid(pid, &how, 0) != pid, "waitpid");
  return end_as(how);
}
