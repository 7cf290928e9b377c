/* Makes one call many times, and prints nanoseconds a call: calls NAME COUNT. */

#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1e9 + time.tv_nsec;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  const char *name = arguments[1];
  long calls = atol(arguments[2]);
  char path[64] = "/nonexistent/path";
  double began = now();
  for (long i = 0; i < calls; i++) {
    if (strcmp(name, "getppid") == 0) syscall(SYS_getppid);
    else if (strcmp(name, "personality") == 0) syscall(SYS_personality, 0xffffffff);
    else if (strcmp(name, "mkdirat") == 0) syscall(SYS_mkdirat, -100, path, 0777);
    else if (strcmp(name, "distinct") == 0) {
      snprintf(path, sizeof path, "/nonexistent/%ld", i);
      syscall(SYS_mkdirat, -100, path, 0777);
    } else return 2;
  }
  printf("%.1f\n", (now() - began) / calls);
  return 0;
}
