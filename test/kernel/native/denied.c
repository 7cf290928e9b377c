/*
 * Makes calls as its arguments say, and prints what they return, to see how denied ones are answered.
 *
 *   call N[,ARG...] | i386 N[,ARG...] | path N,STRING (STRING is the first argument, at the same address each time) |
 *   times COUNT (the next call is made so often, and its last result is printed) | name NAME |
 *   ignore SIGNAL | handle SIGNAL | restart SIGNAL (SA_RESTART) | block SIGNAL | thread 1 (the rest is done in another thread, while
 *   the first waits) | fork 1 (the rest is done in a child, whose status is printed) | vfork N[,ARG...] (a call in a vforked child) |
 *   daemon 1 (the rest is done in a process that outlives this one) | tick MICROSECONDS (SIGALRM comes that often) | sleep MILLISECONDS |
 *   sweep N,FROM,COUNT (the first argument takes COUNT values) | tally N[,ARG...] (how often each result came) |
 *   empty FILE (a child truncates the file)
 */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

static char **words;
static char string[4096];
static volatile sig_atomic_t handled;
static long times = 1;

static void handler(int signal) {
  (void)signal;
  handled++;
}

static void numbers(const char *text, long *values) {
  for (int i = 0; i < 7; i++) {
    char *end;
    values[i] = (long)strtoul(text, &end, 0);
    text = *end == ',' ? end + 1 : end;
  }
}

static long native(const long *v) {
  long result = syscall(v[0], v[1], v[2], v[3], v[4], v[5], v[6]);
  return result < 0 ? -errno : result;
}

static long i386(const long *v) {
#ifdef __x86_64__
  int result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"((int)v[0]), "b"(v[1]), "c"(v[2]), "d"(v[3]) : "memory", "r8", "r9", "r10", "r11");
  return result;
#else
  (void)v;
  return -ENOSYS;
#endif
}

static void set_action(int number, void (*action)(int), int flags) {
  struct sigaction sa = {.sa_handler = action, .sa_flags = flags};
  sigaction(number, &sa, NULL);
}

static void make(const char *what, long (*call)(const long *), const long *values) {
  long result = 0, other = 0;
  for (long i = 0; i < times; i++) {
    long next = call(values);
    other += i > 0 && next != result;
    result = next;
  }
  printf("%s %ld: %ld\n", what, values[0], result);
  if (other)
    printf("%ld differ\n", other);
  fflush(stdout);
  times = 1;
}

static void *run(void *unused);

static void status_of(pid_t pid) {
  int status = 0;
  waitpid(pid, &status, 0);
  printf("ended: %d signal %d\n", WEXITSTATUS(status), WIFSIGNALED(status) ? WTERMSIG(status) : 0);
  fflush(stdout);
}

static int step(const char *what, const char *value) {
  long values[7], n = strtol(value, NULL, 0);
  numbers(value, values);
  if (!strcmp(what, "call")) {
    make("call", native, values);
  } else if (!strcmp(what, "i386")) {
    make("i386", i386, values);
  } else if (!strcmp(what, "path")) {
    snprintf(string, sizeof string, "%s", strchr(value, ',') + 1);
    values[1] = (long)string;
    values[2] = values[3] = values[4] = values[5] = values[6] = 0;
    make("path", native, values);
  } else if (!strcmp(what, "sweep")) {
    long result = 0, other = 0;
    for (long i = 0; i < values[2]; i++) {
      const long call[7] = {values[0], values[1] + i};
      long next = native(call);
      other += i > 0 && next != result;
      result = next;
    }
    printf("sweep %ld: %ld\n", values[0], other ? other : result);
    fflush(stdout);
  } else if (!strcmp(what, "tally")) {
    static long counts[4096];
    for (long i = 0; i < times; i++) {
      long result = native(values);
      counts[result < 0 && result > -4096 ? -result : 0]++;
    }
    for (long i = 0; i < 4096; i++)
      if (counts[i])
        printf("tally %ld: %ld\n", -i, counts[i]);
    fflush(stdout);
    times = 1;
  } else if (!strcmp(what, "empty")) {
    pid_t pid = fork();
    if (pid == 0)
      _exit(truncate(value, 0) != 0);
    waitpid(pid, NULL, 0);
  } else if (!strcmp(what, "times")) {
    times = n;
  } else if (!strcmp(what, "name")) {
    prctl(PR_SET_NAME, value);
  } else if (!strcmp(what, "ignore")) {
    set_action((int)n, SIG_IGN, 0);
  } else if (!strcmp(what, "handle")) {
    set_action((int)n, handler, 0);
  } else if (!strcmp(what, "restart")) {
    set_action((int)n, handler, SA_RESTART);
  } else if (!strcmp(what, "block")) {
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, (int)n);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
  } else if (!strcmp(what, "tick")) {
    struct itimerval timer = {{0, n}, {0, n}};
    setitimer(ITIMER_REAL, &timer, NULL);
  } else if (!strcmp(what, "sleep")) {
    struct timespec time = {n / 1000, n % 1000 * 1000000};
    while (nanosleep(&time, &time) != 0)
      ;
  } else if (!strcmp(what, "thread")) {
    pthread_t thread;
    pthread_create(&thread, NULL, run, NULL);
    pthread_join(thread, NULL);
    printf("joined\n");
    return 0;
  } else if (!strcmp(what, "fork")) {
    pid_t pid = fork();
    if (pid != 0) {
      status_of(pid);
      return 0;
    }
  } else if (!strcmp(what, "vfork")) {
    long result = 0;
    pid_t pid = vfork();
    if (pid == 0) {
      result = native(values);
      _exit((int)-result);
    }
    status_of(pid);
  } else if (!strcmp(what, "daemon")) {
    if (fork() != 0)
      return 0;
    setsid();
  } else {
    fprintf(stderr, "denied: unknown word %s\n", what);
    exit(99);
  }
  return 1;
}

static void *run(void *unused) {
  while (words[0] && words[1]) {
    words += 2;
    if (!step(words[-2], words[-1]))
      break;
  }
  return unused;
}

int main(int argc, char **argv) {
  (void)argc;
  words = argv + 1;
  run(NULL);
  if (handled)
    printf("handled\n");
  return 7;
}
