// The command that every launcher starts: a static program that does nothing.

#include <unistd.h>

int main(void) { _exit(0); }
