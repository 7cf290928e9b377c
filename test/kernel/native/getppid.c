/* Makes one harmless call and says whether it was let through. */
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  const char *answer = syscall(SYS_getppid) >= 0 ? "allowed\n" : "denied\n";
  return write(1, answer, strlen(answer)) < 0;
}
