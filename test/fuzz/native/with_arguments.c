/*
 * Runs a program with arguments of any bytes, which Node.js cannot give: they come from a file, each with a NUL behind it.
 *
 *   with_arguments FILE PROGRAM
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char bytes[1 << 20];
static char *arguments[1 << 12];

int main(int argc, char **argv) {
  FILE *file = argc == 3 ? fopen(argv[1], "rb") : NULL;
  if (!file) {
    return 200;
  }
  size_t size = fread(bytes, 1, sizeof bytes - 1, file);
  fclose(file);
  size_t count = 0;
  arguments[count++] = argv[2];
  for (size_t at = 0; at < size && count < sizeof arguments / sizeof *arguments - 1; at += strlen(bytes + at) + 1) {
    arguments[count++] = bytes + at;
  }
  execv(argv[2], arguments);
  return 201;
}
