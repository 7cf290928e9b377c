/*
 * Changes a file as fast as it can, until its standard input ends; then prints how many times it has.
 *
 *   flip rename PATH A B     puts a new link to A or B in the file's place
 *   flip kinds PATH A B      the same, and between them a directory, a fifo, a socket, devices, and links to nowhere
 *   flip truncate PATH A B   empties the file and writes the content of A or B to it
 *   flip rewrite PATH A B    writes the content of A or B over the old one; both are of one size
 *   flip link PATH A B       puts a new symbolic link to A or B in its place
 *   flip exchange PATH A B   has it change places with A, and with B, which may be directories
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LARGEST = 1 << 20 };

static void check(int failed, const char *what) {
  if (failed) {
    perror(what);
    exit(99);
  }
}

struct content {
  char bytes[LARGEST];
  ssize_t size;
};

static void load(const char *path, struct content *content) {
  int fd = open(path, O_RDONLY);
  check(fd < 0, path);
  content->size = read(fd, content->bytes, LARGEST);
  check(content->size < 0, path);
  close(fd);
}

static char *aside(const char *path, int number) {
  char *other;
  check(asprintf(&other, "%s.%d", path, number) < 0, "asprintf");
  return other;
}

/* Puts what is no profile beside the path. Returns how many there are. */
static int make_kinds(const char *path, char **others) {
  /* The last leads to itself, once it is in the file's place. */
  const char *targets[] = {"/dev/zero", "/dev/full", "/dev/null", "/none", strrchr(path, '/') + 1};
  int links = sizeof targets / sizeof *targets, n = links + 3;
  for (int i = 0; i < n; i++)
    others[i] = aside(path, i);
  for (int i = 0; i < links; i++)
    check(symlink(targets[i], others[i]) != 0, "symlink");
  check(mkdir(others[links], 0755) != 0, "mkdir");
  check(mkfifo(others[links + 1], 0644) != 0, "mkfifo");
  check(mknod(others[links + 2], S_IFSOCK | 0644, 0) != 0, "mknod");
  return n;
}

/* Whether the standard input has ended. */
static int over(void) {
  struct pollfd input = {.fd = 0, .events = POLLIN};
  return poll(&input, 1, 0) != 0;
}

static void replace(const char *path, const char *spare, const char *by) {
  check(link(by, spare) != 0, "link");
  check(rename(spare, path) != 0, "rename");
}

static void replace_by_link(const char *path, const char *spare, const char *to) {
  check(symlink(to, spare) != 0, "symlink");
  check(rename(spare, path) != 0, "rename");
}

static void exchange(const char *path, const char *with) {
  check(renameat2(AT_FDCWD, path, AT_FDCWD, with, RENAME_EXCHANGE) != 0, "renameat2");
}

static void write_all(int fd, const struct content *content) {
  check(pwrite(fd, content->bytes, (size_t)content->size, 0) != content->size, "pwrite");
}

int main(int argc, char **argv) {
  if (argc != 5)
    return 99;
  const char *mode = argv[1], *path = argv[2], *sources[] = {argv[3], argv[4]}, *spare = aside(path, 99);
  static struct content contents[2];
  char *others[16];
  int kinds = strcmp(mode, "kinds") ? 0 : make_kinds(path, others);
  int in_place = !strcmp(mode, "truncate") || !strcmp(mode, "rewrite"), emptying = !strcmp(mode, "truncate");
  for (int i = 0; in_place && i < 2; i++)
    load(sources[i], &contents[i]);
  int fd = in_place ? open(path, O_WRONLY) : -1;
  check(in_place && fd < 0, path);
  long changes = 0;
  while (!over()) {
    int which = (int)(changes++ & 1);
    if (in_place) {
      check(emptying && ftruncate(fd, 0) != 0, "ftruncate");
      write_all(fd, &contents[which]);
    } else if (!strcmp(mode, "link")) {
      replace_by_link(path, spare, sources[which]);
    } else if (!strcmp(mode, "exchange")) {
      exchange(path, sources[which]);
    } else {
      replace(path, spare, sources[which]);
    }
    for (int i = 0; i < kinds; i++) {
      /* There and back: the kinds keep their names. */
      exchange(path, others[i]);
      exchange(path, others[i]);
      changes += 2;
    }
  }
  printf("%ld\n", changes);
  return 0;
}
