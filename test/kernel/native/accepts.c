/* Asks the kernel whether it takes filters: programs come on standard input, each as its length and its instructions
   (code jt jf k, hexadecimal), and for each the errno of seccomp(2) is printed, 0 where it was taken. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* The filter is installed in a process of its own: it may forbid everything from then on. */
static int try(struct sock_fprog *program) {
  int ends[2];
  if (pipe(ends)) exit(1);
  pid_t child = fork();
  if (child == 0) {
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, program)) {
      int error = errno;
      (void)!write(ends[1], &error, sizeof error);
    }
    _exit(0);
  }
  close(ends[1]);
  int error = 0;
  (void)!read(ends[0], &error, sizeof error);
  close(ends[0]);
  waitpid(child, NULL, 0);
  return error;
}

int main(void) {
  unsigned length;
  while (scanf("%x", &length) == 1) {
    struct sock_filter *filter = calloc(length ? length : 1, sizeof *filter);
    for (unsigned i = 0; i < length; i++) {
      unsigned code, jt, jf, k;
      if (scanf("%x %x %x %x", &code, &jt, &jf, &k) != 4) return 1;
      filter[i] = (struct sock_filter){code, jt, jf, k};
    }
    struct sock_fprog program = {length, filter};
    printf("%d\n", try(&program));
    fflush(stdout);
    free(filter);
  }
}
