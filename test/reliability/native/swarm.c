/*
 * Launches a command many times, several at once, and counts how the launches ended and whether anything is left.
 *
 *   swarm COUNT AT-ONCE SECONDS COMMAND [ARG...]
 *
 * Each launch is ended by SIGALRM when it takes longer than that many seconds. Run as the first process of a pid
 * namespace with its own /proc, it is the parent of everything that is orphaned there. It prints, a line each:
 *
 *   status N: COUNT        so many launches exited with that status
 *   signal N: COUNT        so many were ended by that signal
 *   strangers: COUNT       processes that it had not started and yet had to bury
 *   left: COUNT            processes in /proc, beside itself, when all of that was over
 *   longest: MILLISECONDS  of one launch
 */
#define _GNU_SOURCE
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { MOST_AT_ONCE = 64, STATUSES = 256, SIGNALS = 65 };

struct launch {
  pid_t pid;
  long began;
};

static long microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000L + now.tv_nsec / 1000;
}

static void fail(const char *what) {
  perror(what);
  exit(99);
}

static pid_t start(unsigned seconds, char **command) {
  pid_t pid = fork();
  if (pid < 0)
    fail("fork");
  if (pid == 0) {
    /* An alarm outlives execve(2). */
    alarm(seconds);
    execv(command[0], command);
    perror(command[0]);
    _exit(98);
  }
  return pid;
}

/* The processes in /proc beside this one. */
static int others(void) {
  int count = 0;
  DIR *proc = opendir("/proc");
  if (!proc)
    fail("/proc");
  for (struct dirent *entry; (entry = readdir(proc));) {
    if (isdigit((unsigned char)entry->d_name[0]) && atoi(entry->d_name) != getpid())
      count++;
  }
  closedir(proc);
  return count;
}

int main(int argc, char **argv) {
  if (argc < 5)
    return 99;
  int count = atoi(argv[1]), at_once = atoi(argv[2]);
  unsigned seconds = (unsigned)atoi(argv[3]);
  if (at_once < 1 || at_once > MOST_AT_ONCE)
    return 99;
  if (prctl(PR_SET_CHILD_SUBREAPER, 1))
    fail("PR_SET_CHILD_SUBREAPER");
  static struct launch launches[MOST_AT_ONCE];
  static int statuses[STATUSES], signals[SIGNALS];
  int started = 0, strangers = 0;
  long longest = 0;
  for (;;) {
    for (int i = 0; i < at_once && started < count; i++) {
      if (!launches[i].pid) {
        launches[i].began = microseconds();
        launches[i].pid = start(seconds, argv + 4);
        started++;
      }
    }
    int how;
    pid_t pid = waitpid(-1, &how, 0);
    if (pid < 0 && errno == ECHILD)
      break;
    if (pid < 0)
      fail("waitpid");
    int i = 0;
    while (i < at_once && launches[i].pid != pid)
      i++;
    if (i == at_once) {
      strangers++;
      continue;
    }
    launches[i].pid = 0;
    long took = microseconds() - launches[i].began;
    if (took > longest)
      longest = took;
    if (WIFEXITED(how))
      statuses[WEXITSTATUS(how)]++;
    else
      signals[WTERMSIG(how)]++;
  }
  for (int i = 0; i < STATUSES; i++) {
    if (statuses[i])
      printf("status %d: %d\n", i, statuses[i]);
  }
  for (int i = 0; i < SIGNALS; i++) {
    if (signals[i])
      printf("signal %d: %d\n", i, signals[i]);
  }
  printf("strangers: %d\nleft: %d\nlongest: %ld\n", strangers, others(), longest / 1000);
  return 0;
}
