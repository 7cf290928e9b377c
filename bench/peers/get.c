/* Asks a web server for a file many times over a few connections that stay open: get PORT COUNT. */

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 8 };

static int connected(int port) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) exit(3);
  return fd;
}

int main(int count, char **arguments) {
  if (count != 3) return 2;
  int port = atoi(arguments[1]);
  long requests = atol(arguments[2]);
  static const char request[] = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
  static char answer[65536];
  int fds[CONNECTIONS];
  for (int i = 0; i < CONNECTIONS; i++) fds[i] = connected(port);
  for (long done = 0; done < requests; done += CONNECTIONS) {
    for (int i = 0; i < CONNECTIONS; i++)
      if (write(fds[i], request, sizeof request - 1) < 0) return 4;
    for (int i = 0; i < CONNECTIONS; i++)
      if (read(fds[i], answer, sizeof answer) <= 0) return 5;
  }
  return 0;
}
