/*
 * Sets up an unusual process state as its options say, then execs the rest of its arguments.
 *
 *   close N | ignore SIGNAL | block SIGNAL | limit WHICH SOFT | umask MODE | nice N | open FILE | alarm SECONDS |
 *   pdeathsig SIGNAL | env NAME=VALUE | clearenv | chdir DIR | uid N | euid N | egid N | chroot DIR |
 *   personality HEX | timerslack N | argv0 NAME |
 *   securebits N | lock FILE (opens and locks it) | many N (opens N files) | pending SIGNAL (blocked and sent) |
 *   nnp 1 | drop CAPABILITY | filecap FILE | out FILE (FILE becomes descriptor 1, last of all) | --
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/xattr.h>
#include <unistd.h>

extern char **environ;

static void check(int failed, const char *what) {
  if (failed) {
    perror(what);
    exit(99);
  }
}

int main(int argc, char **argv) {
  const char *argv0 = NULL;
  int i = 1;
  for (; i + 1 < argc && strcmp(argv[i], "--") != 0; i += 2) {
    const char *what = argv[i], *value = argv[i + 1];
    long n = strtol(value, NULL, 0);
    if (!strcmp(what, "close")) {
      close((int)n);
    } else if (!strcmp(what, "ignore")) {
      check(signal((int)n, SIG_IGN) == SIG_ERR, what);
    } else if (!strcmp(what, "block")) {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, (int)n);
      check(sigprocmask(SIG_BLOCK, &set, NULL), what);
    } else if (!strcmp(what, "limit")) {
      struct rlimit limit;
      check(getrlimit((int)n, &limit), what);
      limit.rlim_cur = strtoul(argv[++i + 1], NULL, 0);
      check(setrlimit((int)n, &limit), what);
    } else if (!strcmp(what, "umask")) {
      umask((mode_t)n);
    } else if (!strcmp(what, "nice")) {
      check(setpriority(PRIO_PROCESS, 0, (int)n), what);
    } else if (!strcmp(what, "open")) {
      check(open(value, O_RDONLY) < 0, what);
    } else if (!strcmp(what, "alarm")) {
      alarm((unsigned)n);
    } else if (!strcmp(what, "pdeathsig")) {
      check(prctl(PR_SET_PDEATHSIG, n), what);
    } else if (!strcmp(what, "env")) {
      putenv((char *)value);
    } else if (!strcmp(what, "clearenv")) {
      clearenv();
    } else if (!strcmp(what, "chdir")) {
      check(chdir(value), what);
    } else if (!strcmp(what, "uid")) {
      check(setgroups(0, NULL), what);
      check(setresgid((gid_t)n, (gid_t)n, (gid_t)n), what);
      check(setresuid((uid_t)n, (uid_t)n, (uid_t)n), what);
    } else if (!strcmp(what, "euid")) {
      check(seteuid((uid_t)n), what);
    } else if (!strcmp(what, "egid")) {
      check(setegid((gid_t)n), what);
    } else if (!strcmp(what, "chroot")) {
      check(chroot(value), what);
    } else if (!strcmp(what, "personality")) {
      check(personality((unsigned long)n) < 0, what);
    } else if (!strcmp(what, "timerslack")) {
      check(prctl(PR_SET_TIMERSLACK, n), what);
    } else if (!strcmp(what, "securebits")) {
      check(prctl(PR_SET_SECUREBITS, n, 0, 0, 0), what);
    } else if (!strcmp(what, "lock")) {
      struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
      int fd = open(value, O_RDWR);
      check(fd < 0 || fcntl(fd, F_SETLK, &lock) != 0, what);
    } else if (!strcmp(what, "many")) {
      while (n-- > 0)
        check(open("/dev/null", O_RDONLY) < 0, what);
    } else if (!strcmp(what, "pending")) {
      sigset_t set;
      sigemptyset(&set);
      sigaddset(&set, (int)n);
      check(sigprocmask(SIG_BLOCK, &set, NULL) || raise((int)n), what);
    } else if (!strcmp(what, "nnp")) {
      check(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), what);
    } else if (!strcmp(what, "drop")) {
      check(prctl(PR_CAPBSET_DROP, n, 0, 0, 0), what);
    } else if (!strcmp(what, "filecap")) {
      /* CAP_SYS_BOOT, permitted and effective: capabilities(7), "File capability extended attribute versioning". */
      const unsigned value[] = {0x02000001, 1u << 22, 0, 0, 0};
      check(setxattr(argv[i + 1], "security.capability", value, sizeof value, 0), what);
    } else if (!strcmp(what, "argv0")) {
      argv0 = value;
    } else if (!strcmp(what, "out")) {
      int fd = open(value, O_WRONLY | O_CREAT | O_TRUNC, 0600);
      check(fd < 0, value);
      if (fd != 1) {
        check(dup2(fd, 1) < 0, value);
        close(fd);
      }
    } else {
      fprintf(stderr, "caller: unknown option %s\n", what);
      return 99;
    }
  }
  char **command = argv + i + 1;
  const char *path = command[0];
  if (argv0)
    command[0] = (char *)argv0;
  execv(path, command);
  perror(path);
  return 99;
}
