#!/bin/sh
# Demonstrates confinement in a few commands. Usage: demo.sh PROGRAM
set -u
program=$(realpath "$1")
directory=$(mktemp -d) || exit 1
trap 'rm -rf "$directory"' EXIT
cd "$directory" || exit 1

show() { # description, then the launcher's arguments
  printf '\n# %s\n$ seccomp-exec' "$1"
  shift
  for word in "$@"; do
    case $word in
      *[\ \$\"]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$program" "$@" 2>&1
  status=$?
  [ "$status" -eq 0 ] || printf '(exit status %s)\n' "$status"
}

show 'A command under the embedded default profile: the kernel says that a filter is in force (mode 2).' \
  --profile builtin:default.json -- grep Seccomp: /proc/self/status
show 'It may do its work.' \
  --profile builtin:default.json -- sh -c 'echo "$(ls / | wc -l) entries in /"'
show 'It may make a named pipe.' \
  --profile builtin:default.json -- mkfifo pipe
show 'Under the stricter profile for network services it may not: the kernel refuses it, for root as well.' \
  --profile builtin:strict.json -- mkfifo another
show 'A profile that does not exist starts nothing.' \
  --profile builtin:relaxd.json -- echo started
exit 0
