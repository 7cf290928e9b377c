# What bash is asked to do: a pipeline, a job, process substitution, a here-string, a trap and a subshell.
set -e
[[ $(</proc/self/status) == *$'\nSeccomp:\t2\n'* ]]
seq 3 | while read -r number; do printf '%s' "$number"; done >numbers
# It makes no call that an earlier death would prevent.
while :; do :; done &
job=$!
kill "$job"
! wait "$job" 2>/dev/null
cmp <(cat numbers; echo) - <<<123
trap 'echo done' EXIT
(exit 0)
