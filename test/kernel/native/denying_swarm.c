/* PROCESSES children, up to 50 at a time, each with THREADS threads that make a denied call: how many got the errno 95. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *call(void *number) {
  return (void *)(long)(syscall(SYS_sched_get_priority_max, number) == -1 && errno == 95);
}

int main(int argc, char **argv) {
  int processes = argc > 2 ? atoi(argv[1]) : 0, threads = argc > 2 ? atoi(argv[2]) : 0, status, running = 0;
  long answers = 0;
  for (int i = 0; i < processes || running > 0;) {
    if (i < processes && running < 50) {
      if (fork() == 0) {
        pthread_t all[64];
        long own = 0;
        void *result;
        for (int t = 0; t < threads; t++)
          if (pthread_create(&all[t], NULL, call, (void *)(long)(i % 7)) != 0)
            _exit(255);
        for (int t = 0; t < threads; t++) {
          pthread_join(all[t], &result);
          own += (long)result;
        }
        _exit((int)own);
      }
      running++;
      i++;
    } else if (wait(&status) > 0) {
      running--;
      answers += WEXITSTATUS(status);
    }
  }
  printf("%ld answers\n", answers);
  return 0;
}
