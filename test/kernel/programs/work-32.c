// What a 32-bit program without a C library is asked to do: a socket by socketcall(2), a child, a signal, all by int $0x80.

typedef int word;

enum {
  NR_EXIT = 1,
  NR_FORK = 2,
  NR_READ = 3,
  NR_WRITE = 4,
  NR_GETPID = 20,
  NR_KILL = 37,
  NR_SIGNAL = 48,
  NR_GETPPID = 64,
  NR_SOCKETCALL = 102,
  NR_WAIT4 = 114,
};
enum { SYS_SOCKET = 1, AF_UNIX = 1, SOCK_STREAM = 1, SIGUSR1 = 10 };

static word call(word number, word a, word b, word c, word d) {
  word result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number), "b"(a), "c"(b), "d"(c), "S"(d) : "memory");
  return result;
}

static void say(const char *text) {
  word length = 0;
  while (text[length] != 0) length += 1;
  call(NR_WRITE, 1, (word)text, length, 0);
}

static volatile word caught;

// The kernel put a call of sigreturn(2) there, to which the handler returns.
static void handler(word signal) { caught = signal; }

__attribute__((used, noreturn)) static void run(void) {
  say("32 bits");
  call(NR_GETPPID, 0, 0, 0, 0);
  word arguments[3] = {AF_UNIX, SOCK_STREAM, 0};
  if (call(NR_SOCKETCALL, SYS_SOCKET, (word)arguments, 0, 0) >= 0) say(", socket");
  word child = call(NR_FORK, 0, 0, 0, 0);
  if (child == 0) call(NR_EXIT, 5, 0, 0, 0);
  word status = 0;
  if (call(NR_WAIT4, child, (word)&status, 0, 0) == child && status == 5 << 8) say(", child");
  call(NR_SIGNAL, SIGUSR1, (word)handler, 0, 0);
  call(NR_KILL, call(NR_GETPID, 0, 0, 0, 0), SIGUSR1, 0, 0);
  if (caught == SIGUSR1) say(", signal");
  say("\n");
  for (;;) call(NR_EXIT, 0, 0, 0, 0);
}

// Where the kernel begins: the stack is aligned for the call.
__asm__(".globl _start\n_start:\n  xor %ebp, %ebp\n  and $-16, %esp\n  call run\n");
