/*
 * Makes calls by number, as native and as 32-bit programs do, in a child process that reports the result of each to its parent.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* The child's report, in shared memory, since the filter may forbid it to write to a descriptor. */
static volatile struct {
  /* 0: it ended during the call, 1: the call returned, 2: it was trapped, 3: see the program */
  int state;
  long value;
} *shared;

static void end(void) {
  syscall(SYS_exit_group, 0L);
  for (;;)
    __builtin_trap();
}

static void on_sigsys(int signal, siginfo_t *info, void *context) {
  (void)signal;
  (void)context;
  /* The filter may also trap the call that ends the child. */
  if (shared->state != 1) {
    shared->value = info->si_errno;
    shared->state = 2;
  }
  end();
}

static long call_native(unsigned long nr, const unsigned long *a) {
#if defined(__x86_64__)
  register unsigned long r10 __asm__("r10") = a[3], r8 __asm__("r8") = a[4], r9 __asm__("r9") = a[5];
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(nr), "D"(a[0]), "S"(a[1]), "d"(a[2]), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#else
  long result = syscall((long)nr, a[0], a[1], a[2], a[3], a[4], a[5]);
  return result;
#endif
}

static long call_int80(unsigned long nr, const unsigned long *a) {
#if defined(__x86_64__)
  long result;
  /* The sixth argument is in ebp, which the compiler may use itself: swap it in and out. */
  __asm__ volatile("push %%rbp\n\tmov %[six], %%rbp\n\tint $0x80\n\tpop %%rbp"
                   : "=a"(result)
                   : "a"(nr), "b"(a[0]), "c"(a[1]), "d"(a[2]), "S"(a[3]), "D"(a[4]), [six] "r"(a[5])
                   : "memory", "r8", "r9", "r10", "r11");
  return (int)result;
#else
  (void)nr;
  (void)a;
  return 0;
#endif
}

/* A call, as a line of the input describes it. */
struct call {
  char abi; /* n: the native entry, i: int 0x80, t: see the program */
  unsigned long nr, args[6];
};

static int read_call(FILE *file, struct call *call) {
  unsigned long *a = call->args;
  return fscanf(file, " %c %lx %lx %lx %lx %lx %lx %lx", &call->abi, &call->nr, a, a + 1, a + 2, a + 3, a + 4, a + 5) == 8;
}

/* Must be called once, before the first child. */
static sigset_t prepare_children(void) {
  shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGCHLD);
  sigprocmask(SIG_BLOCK, &ended, NULL);
  return ended;
}

/* Whether all threads of a process sleep or are stopped: proc_pid_stat(5). */
static int is_asleep(pid_t pid) {
  char path[300];
  snprintf(path, sizeof path, "/proc/%d/task", pid);
  DIR *tasks = opendir(path);
  if (!tasks)
    return 0;
  int asleep = 1;
  for (struct dirent *task; asleep && (task = readdir(tasks));) {
    if (task->d_name[0] == '.')
      continue;
    char state = 'R';
    snprintf(path, sizeof path, "/proc/%d/task/%.20s/stat", pid, task->d_name);
    FILE *file = fopen(path, "r");
    if (file) {
      /* The name in parentheses is this program's. */
      if (fscanf(file, "%*d %*s %c", &state) != 1)
        state = 'R';
      fclose(file);
    }
    asleep = state == 'S' || state == 'T';
  }
  closedir(tasks);
  return asleep;
}

/*
 * Waits for a child, and kills it if its call blocks, possibly for ever. A child sleeps only in that call, so this measures no
 * time and does not depend on the load of the machine.
 */
static int status_of(pid_t pid, const sigset_t *ended) {
  int status;
  struct timespec pause = {.tv_nsec = 5000000};
  while (waitpid(pid, &status, WNOHANG) == 0)
    if (sigtimedwait(ended, NULL, &pause) < 0 && is_asleep(pid))
      kill(pid, SIGKILL);
  return status;
}
