// Makes the system calls that its arguments name (NUMBER[,ARGUMENT...]), and prints the errno of each, or 0.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv) {
  for (int i = 1; i < argc; i += 1) {
    long number[7] = {0};
    char *at = argv[i];
    for (int k = 0; k < 7; k += 1) {
      number[k] = (long)strtoul(at, &at, 0);
      if (*at == ',') at += 1;
    }
    errno = 0;
    long result = syscall(number[0], number[1], number[2], number[3], number[4], number[5], number[6]);
    printf("%d ", result == -1 ? errno : 0);
  }
  puts("done");
  return 0;
}
