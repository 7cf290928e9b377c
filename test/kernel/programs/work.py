"""What Python is asked to do: threads, subprocesses, a process pool, a database. With an argument, AF_ALG must be closed."""

import errno
import multiprocessing
import socket
import sqlite3
import subprocess
import sys
import threading

assert "\nSeccomp:\t2\n" in open("/proc/self/status").read()

if len(sys.argv) > 1:
    try:
        socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET)
        raise SystemExit("AF_ALG is open")
    except OSError as error:
        assert error.errno == errno.EPERM, error

squares = []
threads = [threading.Thread(target=lambda n=n: squares.append(n * n)) for n in range(4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
assert sorted(squares) == [0, 1, 4, 9]

assert subprocess.run(["cat"], input=b"piped", capture_output=True, check=True).stdout == b"piped"
with multiprocessing.Pool(2) as pool:
    assert pool.map(abs, [-1, -2]) == [1, 2]
    # Otherwise it kills those of its processes that have not ended by then.
    pool.close()
    pool.join()

database = sqlite3.connect("work.db")
database.execute("create table t (a)")
database.executemany("insert into t values (?)", [(1,), (2,)])
database.commit()
print(database.execute("select sum(a) from t").fetchone()[0])
