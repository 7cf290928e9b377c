/*
 * Runs a command with an entry more at the end of its environment, also where the name is there already: append ENTRY COMMAND ARG...
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  static char *entries[10000];
  size_t count = 0;
  if (argc < 3)
    return 99;
  for (; environ[count] != NULL; count++) {
    if (count == 9998)
      return 99;
    entries[count] = environ[count];
  }
  entries[count] = argv[1];
  execve(argv[2], argv + 2, entries);
  perror(argv[2]);
  return 99;
}
