#!/bin/sh
# Shows the main job in a few commands. Usage: demo.sh PROGRAM
set -u
program=$1

show() { # what it shows, then the command
  printf '\n# %s\n$ seccomp-exec' "$1"
  shift
  printf " %s" "$@"
  printf '\n'
  "$program" "$@"
  status=$?
  [ "$status" -eq 0 ] || printf '(exit status %s)\n' "$status"
}

show 'A command under the embedded default profile; the kernel says that a filter is in force (mode 2).' \
  --profile builtin:default.json -- grep Seccomp: /proc/self/status
show 'It may do its work.' \
  --profile builtin:default.json -- python3 -c 'print("2 + 2 =", 2 + 2)'
show 'It may not keep a key in the kernel: the call answers EPERM.' \
  --profile builtin:default.json -- python3 -c 'import ctypes, os; libc = ctypes.CDLL(None, use_errno=True); print("keyctl:", libc.syscall(250, 0, -3, 0), os.strerror(ctypes.get_errno()))'
