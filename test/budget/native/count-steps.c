/* Counts the instructions of a program from its start to its first execve(2), by running it one instruction at a time.
 *
 * Usage: count-steps PROGRAM [ARG...]. It prints the number, and ends the program before that execve. What the program does
 * between two system calls does not depend on the machine's load, so the number is the same each time. It is meant for short
 * programs: a million instructions take some seconds.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <elf.h>
#include <unistd.h>

#if defined(__x86_64__)
#include <sys/user.h>
typedef struct user_regs_struct registers;
#define PC(r) ((r).rip)
#define NR(r) ((r).rax)
/* syscall */
static int is_system_call(unsigned long word) { return (word & 0xffff) == 0x050f; }
#elif defined(__aarch64__)
#include <sys/user.h>
typedef struct user_regs_struct registers;
#define PC(r) ((r).pc)
#define NR(r) ((r).regs[8])
/* svc #0 */
static int is_system_call(unsigned long word) { return (word & 0xffffffff) == 0xd4000001; }
#else
#error "which instruction is a system call on this architecture?"
#endif

static void fail(const char *what) {
    perror(what);
    exit(1);
}

int main(int argc, char **argv) {
    if (argc < 2) {
        fputs("usage: count-steps PROGRAM [ARG...]\n", stderr);
        return 2;
    }
    pid_t child = fork();
    if (child < 0) fail("fork");
    if (child == 0) {
        if (ptrace(PTRACE_TRACEME, 0, 0, 0) != 0) fail("PTRACE_TRACEME");
        execv(argv[1], argv + 1);
        fail(argv[1]);
    }
    int status;
    if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) fail("the program does not start");
    if (ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_EXITKILL) != 0) fail("PTRACE_SETOPTIONS");
    for (unsigned long count = 0;; count++) {
        registers regs;
        struct iovec into = {&regs, sizeof regs};
        if (ptrace(PTRACE_GETREGSET, child, NT_PRSTATUS, &into) != 0) fail("PTRACE_GETREGSET");
        if (NR(regs) == SYS_execve) {
            errno = 0;
            unsigned long word = ptrace(PTRACE_PEEKTEXT, child, PC(regs), 0);
            if (errno == 0 && is_system_call(word)) {
                printf("%lu\n", count);
                return 0;
            }
        }
        if (ptrace(PTRACE_SINGLESTEP, child, 0, 0) != 0) fail("PTRACE_SINGLESTEP");
        if (waitpid(child, &status, 0) != child) fail("waitpid");
        if (!WIFSTOPPED(status) || WSTOPSIG(status) != SIGTRAP) {
            fputs("the program ended before it came to an execve\n", stderr);
            return 1;
        }
    }
}
