"""Runs a command under a terminal of its own, with standard error apart, and talks to it: TALK COMMAND [ARG...]."""

import fcntl
import json
import os
import select
import signal
import sys
import termios

# The keys that send SIGTSTP and SIGINT.
SIGNALS = ["\x1a", "\x03"]

talk = json.loads(sys.argv[1])
errors = os.dup(2)
terminal, inside = os.openpty()
# Nothing is shown but what the command writes, as it writes it, and nothing of it is lost when a key sends a signal.
attributes = termios.tcgetattr(inside)
attributes[1] &= ~termios.OPOST
attributes[3] &= ~(termios.ECHO | termios.ECHOCTL)
attributes[3] |= termios.NOFLSH
termios.tcsetattr(inside, termios.TCSANOW, attributes)
child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(inside, termios.TIOCSCTTY, 0)
    for number, descriptor in enumerate([inside, inside, errors]):
        os.dup2(descriptor, number)
    os.execvp(sys.argv[2], sys.argv[2:])
os.close(inside)

shown = b""
seen = 0
# A test that waits in vain shows for what.
signal.signal(signal.SIGTERM, lambda *_: sys.exit(f"after {typed!r}: no {awaited!r} in {shown[seen:]!r}"))
signalled = False
for typed, awaited in talk:
    os.write(terminal, typed.encode())
    while (at := shown.find(awaited.encode(), seen)) < 0:
        # A shell that takes the terminal back from a job loses what is typed meanwhile, so it is typed again.
        if signalled and not select.select([terminal], [], [], 1)[0]:
            os.write(terminal, typed.encode())
        else:
            shown += os.read(terminal, 4096)
    seen = at + len(awaited)
    signalled = typed in SIGNALS
while True:
    try:
        more = os.read(terminal, 4096)
    except OSError:
        break
    if more == b"":
        break
    shown += more
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(f"{shown.decode()}status {status}")
