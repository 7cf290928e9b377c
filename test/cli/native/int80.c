/* Asks for its process id as a 32-bit program does, and by socketcall for a socket; prints whether both worked. */

#include <stdio.h>

static long call(long number, long first, void *second) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(first), "c"(second) : "memory", "r8", "r9", "r10", "r11");
  return result;
}

int main(void) {
  /* Below 4 GiB, since a 32-bit call takes 32 bits of an address: the program is linked statically, and not relocated. */
  static int arguments[] = {1, 1, 0};
  printf("%d %d\n", call(20, 0, 0) > 0, call(102, 1, arguments) > 0);
  return 0;
}
