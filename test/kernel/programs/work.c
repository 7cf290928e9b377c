// What a C program is asked to do, by the C library that it is linked with: threads, a child, a spawned program, a socket, a timer,
// a stopped and continued child, a directory.

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int arrived;
static volatile sig_atomic_t alarms;

static void fail(const char *what) {
  perror(what);
  exit(1);
}

// Each waits for all others.
static void *meet(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  arrived += 1;
  pthread_cond_broadcast(&changed);
  while (arrived < 4) pthread_cond_wait(&changed, &lock);
  pthread_mutex_unlock(&lock);
  return NULL;
}

static void threads(void) {
  pthread_t all[4];
  for (int i = 0; i < 4; i++)
    if (pthread_create(&all[i], NULL, meet, NULL) != 0) fail("pthread_create");
  for (int i = 0; i < 4; i++) pthread_join(all[i], NULL);
  printf("threads %d, ", arrived);
}

static int status_of(pid_t child) {
  int status;
  if (child < 0 || waitpid(child, &status, 0) != child) fail("waitpid");
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void children(const char *self) {
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) _exit(7);
  printf("child %d, ", status_of(child));
  fflush(stdout);
  char *arguments[] = {(char *)self, "spawned", NULL};
  if (posix_spawn(&child, self, NULL, NULL, arguments, environ) != 0) fail("posix_spawn");
  if (status_of(child) != 0) fail("spawned");
}

static void sockets(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t size = sizeof address;
  int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (bind(server, (struct sockaddr *)&address, size) < 0 || listen(server, 1) < 0 ||
      getsockname(server, (struct sockaddr *)&address, &size) < 0)
    fail("server");
  int client = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(client, (struct sockaddr *)&address, size) < 0) fail("connect");
  int peer = accept(server, NULL, NULL);
  struct pollfd polled = {.fd = client, .events = POLLIN};
  char text[8] = "";
  if (send(peer, "data", 4, MSG_NOSIGNAL) != 4 || poll(&polled, 1, -1) != 1 || recv(client, text, 4, 0) != 4) fail("peer");
  printf("socket %s, ", text);
}

static void on_alarm(int signal) {
  (void)signal;
  alarms += 1;
}

static void timer(void) {
  struct sigaction action = {.sa_handler = on_alarm};
  sigaction(SIGALRM, &action, NULL);
  struct itimerval soon = {.it_value.tv_usec = 1000};
  sigset_t blocked, open;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGALRM);
  sigprocmask(SIG_BLOCK, &blocked, &open);
  setitimer(ITIMER_REAL, &soon, NULL);
  while (alarms == 0) sigsuspend(&open);
  sigprocmask(SIG_SETMASK, &open, NULL);
  printf("alarm, ");
}

// The kernel goes on with an interrupted sleep by restart_syscall(2).
static void stopping(void) {
  int ready[2];
  if (pipe(ready) < 0) fail("pipe");
  pid_t child = fork();
  if (child == 0) {
    struct timespec while_stopped = {.tv_nsec = 50000000};
    if (write(ready[1], "r", 1) != 1 || nanosleep(&while_stopped, NULL) < 0) _exit(1);
    _exit(0);
  }
  char byte;
  int status;
  if (read(ready[0], &byte, 1) != 1 || kill(child, SIGSTOP) < 0 || waitpid(child, &status, WUNTRACED) != child) fail("stop");
  if (!WIFSTOPPED(status)) exit(2);
  kill(child, SIGCONT);
  printf(status_of(child) == 0 ? "stopped, " : "not stopped, ");
}

static void files(void) {
  DIR *directory = opendir("/");
  int entries = 0;
  while (readdir(directory) != NULL) entries += 1;
  closedir(directory);
  void *memory = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory, 1 << 20, PROT_READ) < 0 || munmap(memory, 1 << 20) < 0) fail("mmap");
  printf(entries > 2 ? "listed, " : "nothing, ");
}

int main(int argc, char **argv) {
  if (argc > 1) {
    printf("%s, ", argv[1]);
    return 0;
  }
  threads();
  children(argv[0]);
  sockets();
  timer();
  fflush(stdout);
  stopping();
  files();
  printf("done\n");
  return 0;
}
