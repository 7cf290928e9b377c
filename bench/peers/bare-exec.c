// The baseline of every comparison: a static launcher that only execs its arguments.

#include <unistd.h>

int main(int argc, char **argv) {
  if (argc > 1) execv(argv[1], argv + 1);
  _exit(127);
}
