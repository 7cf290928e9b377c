/*
 * The program that a wrapper stands for: prints its arguments, its name, its environment, and how a harmless call is answered.
 *
 *   argv[N] WORD | comm NAME | cmdline WORDS | env NAME=VALUE | error ERRNO or value NUMBER
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

extern char **environ;

int main(int argc, char **argv) {
  for (int i = 0; i < argc; i++)
    printf("argv[%d] %s\n", i, argv[i]);
  char comm[17] = "";
  prctl(PR_GET_NAME, comm);
  printf("comm %s\n", comm);
  char words[1 << 16];
  int file = open("/proc/self/cmdline", O_RDONLY);
  ssize_t size = read(file, words, sizeof words);
  close(file);
  printf("cmdline ");
  for (ssize_t i = 0; i < size; i++)
    putchar(words[i] ? words[i] : '|');
  putchar('\n');
  for (char **entry = environ; *entry; entry++)
    printf("env %s\n", *entry);
  errno = 0;
  long result = syscall(SYS_sched_get_priority_max, SCHED_FIFO);
  if (result == -1)
    printf("error %d\n", errno);
  else
    printf("value %ld\n", result);
  return 0;
}
