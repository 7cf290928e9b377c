/* A seccomp agent for a command that it runs: receives listeners on a Unix socket, answers calls, and writes down what it sees.
 *
 * agent SOCKET LOG COMMAND [ARG...]
 *
 * mkdir(2) fails with ENOSPC, all other calls are carried out. It ends with the status of the command. Lines of the log:
 *
 *   state JSON      what a connection brought
 *   fds N           how many descriptors it brought
 *   peer same|other whether its other end is the command
 *   call NAME       a call that was notified
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static FILE *out;
static pid_t command;

static void must(int ok, const char *what) {
  if (!ok) {
    perror(what);
    exit(99);
  }
}

static const char *name_of(int nr) {
  switch (nr) {
#ifdef SYS_mkdir
  case SYS_mkdir:
    return "mkdir";
#endif
  case SYS_mkdirat:
    return "mkdir";
  case SYS_chdir:
    return "chdir";
  case SYS_execve:
    return "execve";
  case SYS_getpgid:
    return "getpgid";
  case SYS_write:
    return "write";
  default:
    return "other";
  }
}

static void answer(int listener) {
  struct {
    struct seccomp_notif notification;
    char more[256];
  } received = {0};
  struct {
    struct seccomp_notif_resp response;
    char more[256];
  } sent = {0};
  if (ioctl(listener, SECCOMP_IOCTL_NOTIF_RECV, &received) != 0)
    return;
  const char *name = name_of(received.notification.data.nr);
  fprintf(out, "call %s\n", name);
  sent.response.id = received.notification.id;
  if (strcmp(name, "mkdir") == 0)
    sent.response.error = -ENOSPC;
  else
    sent.response.flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE;
  ioctl(listener, SECCOMP_IOCTL_NOTIF_SEND, &sent);
}

/* Receives one state to its end; the listener, or -1. */
static int receive(int connection) {
  char text[1 << 16];
  size_t length = 0;
  int listener = -1, count = 0;
  for (;;) {
    char control[256];
    struct iovec part = {text + length, sizeof text - 1 - length};
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t n = recvmsg(connection, &message, MSG_CMSG_CLOEXEC);
    if (n <= 0)
      break;
    length += n;
    for (struct cmsghdr *each = CMSG_FIRSTHDR(&message); each; each = CMSG_NXTHDR(&message, each)) {
      count += (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      memcpy(&listener, CMSG_DATA(each), sizeof listener);
    }
  }
  text[length] = 0;
  struct ucred peer = {0};
  socklen_t size = sizeof peer;
  must(getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0, "SO_PEERCRED");
  fprintf(out, "state %s\nfds %d\npeer %s\n", text, count, peer.pid == command ? "same" : "other");
  close(connection);
  return listener;
}

int main(int argc, char **argv) {
  must(argc > 3, "usage");
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, argv[1], sizeof address.sun_path - 1);
  int acceptor = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  must(bind(acceptor, (struct sockaddr *)&address, sizeof address) == 0, "bind");
  must(listen(acceptor, 5) == 0, "listen");
  out = fopen(argv[2], "we");
  must(out != NULL, argv[2]);
  command = fork();
  if (command == 0) {
    execvp(argv[3], argv + 3);
    _exit(98);
  }
  struct pollfd polled[3] = {{acceptor, POLLIN, 0}, {syscall(SYS_pidfd_open, command, 0), POLLIN, 0}, {-1, POLLIN, 0}};
  must(polled[1].fd >= 0, "pidfd_open");
  for (;;) {
    must(poll(polled, 3, -1) > 0, "poll");
    if (polled[0].revents & POLLIN) {
      int listener = receive(accept4(acceptor, NULL, NULL, SOCK_CLOEXEC));
      if (listener >= 0)
        polled[2].fd = listener;
    }
    if (polled[2].revents & POLLIN)
      answer(polled[2].fd);
    else if (polled[2].revents)
      polled[2].fd = -1;
    if (polled[1].revents & POLLIN && !(polled[0].revents & POLLIN))
      break;
  }
  fclose(out);
  unlink(argv[1]);
  int status;
  waitpid(command, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
