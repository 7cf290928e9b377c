#!/bin/sh
# Prints a line that says what is being done, and runs the command; shows its output only if it fails, or with VERBOSE=1.
# Usage: step.sh WHAT COMMAND...
set -u
what=$1
shift
printf '%s\n' "$what"
if [ "${VERBOSE-}" = 1 ]; then
  exec "$@"
fi
log=$(mktemp) || exit 1
trap 'rm -f "$log"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
"$@" >"$log" 2>&1
status=$?
if [ "$status" -ne 0 ]; then
  cat "$log" >&2
  printf 'This failed (exit status %s): %s\n' "$status" "$*" >&2
fi
exit "$status"
