// A wrapper for launchers that need something done first: it opens a file or enters mounts, and execs the launcher.
//
//     enter --open FILE PROGRAM [ARG...]      PROGRAM has FILE open for reading as descriptor 3
//     enter --mounts FILE PROGRAM [ARG...]    FILE is a mount namespace, /proc/PID/ns/mnt

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv) {
  if (argc < 4) _exit(125);
  int mounts = strcmp(argv[1], "--mounts") == 0;
  int fd = open(argv[2], O_RDONLY);
  if (fd < 0) _exit(125);
  if (mounts) {
    if (setns(fd, CLONE_NEWNS) != 0 || close(fd) != 0) _exit(125);
  } else if (fd != 3) {
    if (dup2(fd, 3) != 3 || close(fd) != 0) _exit(125);
  }
  execv(argv[3], argv + 3);
  _exit(127);
}
