/* Prints whether this process has a child of any kind, even one without exit signal. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#ifndef __WALL
#define __WALL 0x40000000
#endif

int main(void) {
  int result = waitpid(-1, NULL, WNOHANG | __WALL);
  printf("%s\n", result < 0 ? strerror(errno) : "a child");
  return 0;
}
