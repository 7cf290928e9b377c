// What the programs share that let contestants take turns: the clock, the shuffling, and how they give up.
//
// NAME is what the program calls itself.

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void fail(const char *what, const char *who) {
  fprintf(stderr, NAME ": %s: %s\n", who, what);
  exit(1);
}

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000ll + time.tv_nsec;
}

// Always from the same seed.
static uint64_t next_random(void) {
  static uint64_t state = 88172645463325252ull;  // xorshift64
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

static void shuffle(int *order, int count) {
  for (int i = count - 1; i > 0; i--) {
    int other = (int)(next_random() % (uint64_t)(i + 1)), mine = order[i];
    order[i] = order[other];
    order[other] = mine;
  }
}
