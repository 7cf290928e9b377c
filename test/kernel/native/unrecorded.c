// Does what a C library or the kernel makes calls for that a recording hardly shows. The first argument says what.
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <utime.h>

// Ends with 0 or, after saying why, with 1.
static int told(const char *what, int failed) {
  if (failed) {
    printf("%s: errno %d\n", what, errno);
  }
  return failed != 0;
}

// Makes the call, which never ends by itself.
static long wait_in(const char *call) {
  const struct timespec longer = {1000000, 0};
  int word = 0;
  if (!strcmp(call, "nanosleep")) return syscall(SYS_nanosleep, &longer, 0);
  if (!strcmp(call, "clock_nanosleep")) return syscall(SYS_clock_nanosleep, CLOCK_MONOTONIC, 0, &longer, 0);
  if (!strcmp(call, "futex")) return syscall(SYS_futex, &word, 0, 0, &longer, 0, 0);
  if (!strcmp(call, "ppoll")) return syscall(SYS_ppoll, 0, 0, &longer, 0, 8);
  if (!strcmp(call, "pselect6")) return syscall(SYS_pselect6, 0, 0, 0, 0, &longer, 0);
#ifdef SYS_poll
  if (!strcmp(call, "poll")) return syscall(SYS_poll, 0, 0, 1000000000);
#endif
  if (!strcmp(call, "sem_timedwait")) {
    sem_t sem;
    sem_init(&sem, 0, 0);
    const struct timespec never = {4000000000, 0};
    return sem_timedwait(&sem, &never);
  }
  errno = ENOSYS;
  return -1;
}

// The state of a process as proc_pid_stat(5) has it, or 0.
static char state_of(pid_t pid) {
  char path[64], line[512] = "";
  snprintf(path, sizeof path, "/proc/%d/stat", pid);
  const int fd = open(path, O_RDONLY);
  if (fd >= 0) {
    if (read(fd, line, sizeof line - 1) < 0) line[0] = 0;
    close(fd);
  }
  const char *end = strrchr(line, ')');
  return end ? end[2] : 0;
}

// The state of a child once it sleeps ('S') or is dead.
static char settled(pid_t pid) {
  for (;;) {
    const char state = state_of(pid);
    if (state == 'S' || state == 'Z') return state;
    sched_yield();
  }
}

// Stops a process that waits in the call, continues it, and says what becomes of it.
static int stop_and_continue(const char *call) {
  int ready[2];
  if (pipe(ready)) return told("pipe", 1);
  const pid_t child = fork();
  if (child == 0) {
    // Closing the pipe is the last thing before the call.
    close(ready[0]);
    close(ready[1]);
    const long result = wait_in(call);
    _exit(result == -1 ? errno : 0);
  }
  close(ready[1]);
  char none;
  if (read(ready[0], &none, 1)) return told("read", 1);
  if (settled(child) != 'S') return told(call, 1);
  kill(child, SIGSTOP);
  int status;
  waitpid(child, &status, WUNTRACED);
  kill(child, SIGCONT);
  if (settled(child) == 'S') {
    kill(child, SIGKILL);
    printf("waits\n");
    return 0;
  }
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) printf("killed by %d\n", WTERMSIG(status));
  else printf("errno %d\n", WEXITSTATUS(status));
  return 0;
}

static volatile int handled;
static void handler(int signal) { handled = signal; }

// A handler that runs and returns.
static int handle(void) {
  signal(SIGUSR1, handler);
  kill(getpid(), SIGUSR1);
  return told("signal", handled != SIGUSR1);
}

// In musl, which asks for the vDSO at the first use of a clock, as on a machine without it.
static void hide_vdso(char **environment) {
  while (*environment++) {}
  for (unsigned long *entry = (unsigned long *)environment; entry[0] != AT_NULL; entry += 2) {
    if (entry[0] == AT_SYSINFO_EHDR) entry[0] = AT_IGNORE;
  }
}

static void *end_at_once(void *id) {
  *(volatile int *)id = syscall(SYS_gettid);
  return 0;
}

// The time that a thread of this process has used, in ticks; -1 if there is no such thread.
static long ticks_of(int id) {
  char path[64], line[512] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", id);
  const int fd = open(path, O_RDONLY);
  if (fd < 0) return -1;
  const ssize_t length = read(fd, line, sizeof line - 1);
  close(fd);
  unsigned long user = 0, kernel = 0;
  if (length <= 0 || sscanf(strrchr(line, ')'), ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2) return -1;
  return user + kernel;
}

// Whether a thread that has nothing to do any more ends, or tries to for ever.
static int end_thread(void) {
  static volatile int id;
  pthread_t thread;
  if (told("pthread_create", (errno = pthread_create(&thread, 0, end_at_once, (void *)&id)))) return 1;
  while (!id) sched_yield();
  for (;;) {
    const long ticks = ticks_of(id);
    if (ticks < 0) return 0;
    if (ticks > 20) {
      printf("the thread does not end\n");
      fflush(stdout);
      _exit(1);
    }
    sched_yield();
  }
}

static void *work(void *unused) {
  free(malloc(100));
  return unused;
}

// Threads with more stacks than a C library keeps.
static int many_threads(void) {
  pthread_t threads[8];
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstacksize(&attributes, 16 << 20);
  for (int i = 0; i < 8; i++) {
    if (told("pthread_create", (errno = pthread_create(&threads[i], &attributes, work, 0)))) return 1;
  }
  for (int i = 0; i < 8; i++) pthread_join(threads[i], 0);
  return 0;
}

static int memory(void) {
  char *block = malloc(1 << 20), *small = malloc(1000);
  if (!block || !small) return told("malloc", 1);
  memset(block, 1, 1 << 20);
  block = realloc(block, 1 << 26);
  if (!block || block[100] != 1) return told("realloc", 1);
  free(small);
  free(block);
  return 0;
}

#ifdef __GLIBC__
/** Uses the function of a name, which changes nothing with these arguments. Returns whether it failed. */
static int use(const char *name) {
  static const struct timespec no_time;
  static struct timeval times[2];
  static struct stat found;
  struct rlimit limit = {0, RLIM_INFINITY};
  struct timeval now = {0, 0};
  int ends[2];
  if (!strcmp(name, "eventfd")) return eventfd(0, 0) < 0;
  if (!strcmp(name, "futimesat")) return futimesat(AT_FDCWD, "/dev/null/none", times) != 0;
  if (!strcmp(name, "getdents")) return readdir(opendir("/")) == NULL;
  if (!strcmp(name, "getrlimit")) return getrlimit(RLIMIT_CORE, &limit) != 0;
  if (!strcmp(name, "lstat")) return lstat("/", &found) != 0;
  if (!strcmp(name, "mknod")) return mknod("/dev/null/none", S_IFREG, 0) != 0;
  if (!strcmp(name, "nanosleep")) return nanosleep(&no_time, NULL) != 0;
  if (!strcmp(name, "pipe")) return pipe(ends) != 0;
  if (!strcmp(name, "select")) return select(0, NULL, NULL, NULL, &now) != 0;
  if (!strcmp(name, "semop")) return semop(-1, NULL, 0) != 0;
  if (!strcmp(name, "setrlimit")) return setrlimit(RLIMIT_CORE, &limit) != 0;
  if (!strcmp(name, "signalfd")) return signalfd(-1, (sigset_t[1]){{{0}}}, 0) < 0;
  if (!strcmp(name, "stat")) return stat("/", &found) != 0;
  if (!strcmp(name, "utime")) return utime("/dev/null/none", NULL) != 0;
  if (!strcmp(name, "utimes")) return utimes("/dev/null/none", times) != 0;
  return -1;
}
#endif

int main(int count, char **args, char **environment) {
  const char *what = count > 1 ? args[1] : "";
  struct timespec now;
  if (!strcmp(what, "stop")) return stop_and_continue(args[2]);
  if (!strcmp(what, "handle")) return handle();
  if (!strcmp(what, "clock")) return told("clock_gettime", clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now));
  if (!strcmp(what, "resolution")) return told("clock_getres", clock_getres(CLOCK_PROCESS_CPUTIME_ID, &now));
  if (!strcmp(what, "no-vdso")) {
    hide_vdso(environment);
    return told("clock_gettime", clock_gettime(CLOCK_MONOTONIC, &now));
  }
  if (!strcmp(what, "end-thread")) return end_thread();
  if (!strcmp(what, "threads")) return many_threads();
  if (!strcmp(what, "memory")) return memory();
  if (!strcmp(what, "wait")) return told("wait", wait_in("sem_timedwait") == 0);
  if (!strcmp(what, "abort")) abort();
  if (!strcmp(what, "access")) return told("faccessat", faccessat(AT_FDCWD, "/", R_OK, AT_EACCESS));
#ifdef __GLIBC__
  if (!strcmp(what, "use")) return told(args[2], use(args[2]));
  if (!strcmp(what, "statx")) {
    struct statx found;
    return told("statx", statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &found));
  }
#if __GLIBC_PREREQ(2, 36)
  if (!strcmp(what, "random")) return arc4random() == 0 && arc4random() == 0;
#endif
#if __GLIBC_PREREQ(2, 39)
  if (!strcmp(what, "mode")) {
    char path[] = "/tmp/seccomp-exec-test-XXXXXX";
    close(mkstemp(path));
    const int failed = fchmodat(AT_FDCWD, path, 0600, AT_SYMLINK_NOFOLLOW);
    unlink(path);
    return told("fchmodat", failed);
  }
#endif
#endif
  printf("cannot %s\n", what);
  return 99;
}
