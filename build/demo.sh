#!/bin/sh
# Shows the main job in a few commands. Usage: demo.sh PROGRAM
set -u
program=$1

show() { # what it shows, then the command
  printf '\n# %s\n$ seccomp-exec' "$1"
  shift
  for word in "$@"; do
    case $word in
      *[\ \$\"]*) printf " '%s'" "$word" ;;
      *) printf ' %s' "$word" ;;
    esac
  done
  printf '\n'
  "$program" "$@"
  status=$?
  [ "$status" -eq 0 ] || printf '(exit status %s)\n' "$status"
}

show 'A command under the embedded default profile: the kernel says that a filter is in force (mode 2).' \
  --profile builtin:default.json -- grep Seccomp: /proc/self/status
show 'It may do its work.' \
  --profile builtin:default.json -- sh -c 'echo "$(ls / | wc -l) entries in /"'
show 'It may not change how the kernel lays out its memory: personality(2) answers EPERM.' \
  --profile builtin:default.json -- setarch -R echo changed
show 'Under another profile it may.' \
  --profile builtin:relaxed.json -- setarch -R echo changed
show 'A profile that does not exist starts nothing.' \
  --profile builtin:relaxd.json -- echo started
exit 0
