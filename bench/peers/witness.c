// A command that is looked at from outside: it stays for a while and does nothing; its arguments tell it from others.

#include <unistd.h>

int main(void) {
  // Not alarm and pause: the first process of a namespace is not ended by a signal that it does not handle.
  sleep(20);
  return 0;
}
