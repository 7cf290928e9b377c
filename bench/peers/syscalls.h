// What syscalls.c and its 32-bit half say to each other, through pipes: the same bytes in both.

struct request {
  int64_t number, arguments[3], calls;
};

struct answer {
  int64_t ns, result;
};
