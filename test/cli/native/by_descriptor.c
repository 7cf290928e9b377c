/* by_descriptor FILE [ARG...]: executes a file by its descriptor, which gives it the path /dev/fd/N, with FILE as its argv[0]. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  if (argc < 2)
    return 2;
  int file = open(argv[1], O_RDONLY | O_CLOEXEC);
  syscall(SYS_execveat, file, "", argv + 1, environ, AT_EMPTY_PATH);
  perror(argv[1]);
  return 1;
}
