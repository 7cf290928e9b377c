// The launcher that Node would give: it loads an FFI and calls execve; it installs no filter.

import koffi from "koffi";

const libc = koffi.load("libc.so.6");
const execve = libc.func("int execve(const char *path, const char **argv, const char **envp)");
const fcntl = libc.func("int fcntl(int descriptor, int command, ...)");

// Node marks each inherited descriptor close-on-exec when it starts. The three standard ones can be repaired;
// of the others a script cannot tell which were the caller's and which are Node's own.
const F_SETFD = 2;
for (const descriptor of [0, 1, 2]) fcntl(descriptor, F_SETFD, "int", 0);

const command = process.argv.slice(2);
const environment = Object.entries(process.env).map(([name, value]) => `${name}=${value}`);
execve(command[0], [...command, null], [...environment, null]);
process.exitCode = 127;
