/**
 * Explains why a command cannot be run, and what to do about it.
 *
 * All of this happens before the filter is installed: under the filter, the launcher may be allowed nothing but execve(2).
 * Only the kernel knows whether it can run a file (binfmt_misc may have an emulator for it), so the finding about a file's
 * format goes with the request, and is printed if execve(2) then fails as expected. Ordinary launches do not come here:
 * {@link Host.probeExecutable} returned 0.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import { type ByteString, type Doubt, type Host, LOOK_CLOSER } from "../host.ts";
import { type CommandAdviser, DEFAULT_PATH, type Obstacle } from "../launch/find-command.ts";
import { EACCES, ENAMETOOLONG, ENOENT, ENOEXEC, ENOTDIR } from "../load/errno.ts";
import { isDirectory, isRegular } from "../load/file-kind.ts";
import { POLICY_FILE } from "../task/operator.ts";
import { LAUNCH_OPTIONS } from "../task/options.ts";
import { nameOf, OWN_NAME, type RealProgram } from "../task/wrapper.ts";
import { fileFormat } from "./file-format.ts";

/** Why a command cannot be run, with the exit status (POSIX, "Exit Status for Commands"). */
export class CommandError extends Error {
  constructor(
    message: string,
    /** 126: it exists but cannot be run; 127: it does not exist. */
    readonly status: 126 | 127,
    readonly hint?: string,
  ) {
    super(message);
  }
}

export const ADVISER: CommandAdviser = { lookCloser, cannotRun, cannotWrap, notInPath };

/** The execute permission bits of inode(7). */
const ANY_EXECUTE = 0o111;

function lookCloser(host: Host, path: ByteString): Obstacle | Doubt {
  const head = host.readHead(path);
  if (typeof head === "number") {
    return { shell: false, errno: 0, reason: "" };
  }
  const format = fileFormat(head);
  switch (format.kind) {
    case "text":
      return { shell: true, errno: 0, reason: "" };
    case "binary":
      return notExecutable(format.what);
    case "script":
      // The interpreter of another script, or /bin/sh, may still run it.
      return obstacleOf(host, path, format.interpreter) ?? { shell: true, errno: 0, reason: "" };
    case "ELF": {
      const { arch, type, executable, loader } = format;
      if (!executable) {
        return notExecutable(`an ELF ${type}`);
      }
      if (loader !== undefined && runsHere(arch, host.arch)) {
        const obstacle = obstacleOf(host, path, loader);
        if (obstacle !== undefined) {
          return obstacle;
        }
      }
      return notExecutable(
        arch === host.arch ? "a damaged ELF executable" : `an ELF executable of ${arch}, on ${host.arch}`,
      );
    }
  }
}

/** Whether the kernel of a machine can run executables of an architecture without an emulator. */
function runsHere(arch: string, host: string): boolean {
  return (
    arch === host ||
    (host === "x86_64" && ["x86", "x32"].includes(arch)) ||
    (host === "aarch64" && arch === "arm")
  );
}

function notExecutable(what: string): Doubt {
  return { shell: false, errno: ENOEXEC, reason: `: it is ${what}` };
}

function obstacleOf(host: Host, path: ByteString, interpreter: ByteString): Obstacle | undefined {
  const errno = host.probeExecutable(interpreter);
  return errno > 0 ? { errno, path, interpreter } : undefined;
}

function cannotRun(host: Host, command: ByteString, obstacle: Obstacle): CommandError {
  const { errno, path, interpreter } = obstacle;
  if (command === "") {
    return new CommandError("the command is an empty string", 127);
  }
  if (interpreter !== undefined) {
    return withoutInterpreter(host, path, interpreter, errno);
  }
  const shown = `'${decodeBytes(path)}'`;
  const reason = host.errorMessage(errno);
  if (errno === EACCES) {
    const [why, hint] = denied(host, path);
    return new CommandError(`cannot run ${shown}: ${why}`, 126, hint);
  }
  if (errno === ENOENT && host.probeLink(path) === 0) {
    return new CommandError(`cannot run ${shown}: it is a link to something that does not exist`, 126);
  }
  if ([ENOENT, ENOTDIR, ENAMETOOLONG].includes(errno)) {
    return new CommandError(`cannot find ${shown}: ${reason}`, 127, meant(host, command));
  }
  return new CommandError(`cannot run ${shown}: ${reason}`, 126);
}

function withoutInterpreter(
  host: Host,
  path: ByteString,
  interpreter: ByteString,
  errno: number,
): CommandError {
  const what = `'${decodeBytes(path)}'`;
  const by = `'${decodeBytes(interpreter)}'`;
  if (errno === EACCES) {
    const [why, hint] = denied(host, interpreter);
    return new CommandError(`cannot run ${what}: its interpreter ${by}: ${why}`, 126, hint);
  }
  if (interpreter.endsWith("\r")) {
    return new CommandError(
      `cannot run ${what}: its first line ends with a carriage return, so its interpreter is ${by}`,
      126,
      `convert it to Unix line endings: sed -i 's/\\r$//' FILE`,
    );
  }
  const gone = errno === ENOENT ? "does not exist" : `cannot be used: ${host.errorMessage(errno)}`;
  return new CommandError(
    `cannot run ${what}: its interpreter ${by} ${gone}`,
    126,
    "install it, or a build of the command that does not need it",
  );
}

/** Why execve(2) fails with EACCES on a path, and what helps. */
function denied(host: Host, path: ByteString): readonly [why: string, hint?: string] {
  const reason = host.errorMessage(EACCES);
  const { errno, mode = 0, uid, noexec } = host.permissions(path);
  if (errno !== 0) {
    return [`${reason}: a directory on its path cannot be searched`];
  }
  if (isDirectory({ mode })) {
    return ["it is a directory"];
  }
  if (!isRegular({ mode })) {
    return ["it is not a regular file"];
  }
  if ((mode & ANY_EXECUTE) === 0) {
    return [`${reason}: it has no execute permission`, "if it is a program: chmod +x FILE"];
  }
  if (noexec === true) {
    return [
      `${reason}: its file system is mounted noexec`,
      "move it elsewhere, or run a script by its interpreter: -- sh FILE",
    ];
  }
  const shown = (mode & 0o7777).toString(8).padStart(3, "0");
  return [`${reason}: this user may not execute it (mode ${shown}, owner ${uid})`];
}

/** Words between the interpreter of a script and the script's path in its arguments: execve(2), "Interpreter scripts". */
const INTERPRETER_WORDS = 2;

function cannotWrap(host: Host, wrapper: ByteString, real: RealProgram, same: true | number): Refusal {
  const started = `this is seccomp-exec, started as '${decodeBytes(wrapper)}' to confine the program of that name`;
  const program = `'${decodeBytes(real.path)}'`;
  const named = real.byPolicy ? `, which 'wraps' of ${POLICY_FILE} names,` : "";
  const why =
    same === true
      ? `${program}${named} is seccomp-exec itself and no other program`
      : host.probeLink(real.path) === ENOENT
        ? real.byPolicy
          ? `${program}${named} does not exist`
          : `there is no ${program}, and no policy names another`
        : `${program}${named} cannot be examined: ${host.errorMessage(same)}`;
  if (host.args.slice(1, 1 + INTERPRETER_WORDS).includes(wrapper)) {
    return new Refusal(
      `${started}, but ${why}`,
      "if that is a script whose '#!' names the launcher: an interpreter of scripts cannot be confined that way, since the kernel gives it the script's name; write the interpreter after '#!', and start the script by seccomp-exec",
    );
  }
  const there = real.byPolicy
    ? `put the real program there, or correct 'wraps'`
    : `put the real program there, or name it in 'wraps' of ${POLICY_FILE}`;
  return new Refusal(
    `${started}, but ${why}`,
    `${there}; if '${decodeBytes(nameOf(wrapper))}' is meant to be the launcher itself, give it a name that begins with '${OWN_NAME}'`,
  );
}

function notInPath(host: Host, command: ByteString, search: ByteString): CommandError {
  const message = `cannot find '${decodeBytes(command)}' in PATH (${decodeBytes(search)})`;
  return new CommandError(message, 127, meant(host, command));
}

/** Characters that only a shell interprets. */
const OF_A_SHELL = /[;&|<>$`*?]/;

/** What was probably meant, if there is no such command. */
function meant(host: Host, command: ByteString): string | undefined {
  if (command.startsWith("-")) {
    const option = command.split("=", 1)[0];
    return LAUNCH_OPTIONS.some(({ name }) => name === option)
      ? `options go before the '--': seccomp-exec ${option} ... -- COMMAND`
      : "the command follows the first '--'";
  }
  const words = command.split(/[ \t\n]+/).filter((word) => word !== "");
  if (words.length < 2) {
    return undefined;
  }
  if (OF_A_SHELL.test(command)) {
    const line = command.includes("'") ? "LINE" : decodeBytes(command);
    return `for a shell command line, name the shell: -- sh -c '${line}'`;
  }
  return isThere(host, words[0] ?? "")
    ? `write the command and its arguments as separate words: -- ${decodeBytes(words.join(" "))}`
    : undefined;
}

function isThere(host: Host, command: ByteString): boolean {
  const directories = command.includes("/") ? [""] : (host.env("PATH") ?? DEFAULT_PATH).split(":");
  return directories.some((directory) => {
    const path = directory === "" ? command : `${directory}/${command}`;
    return [0, LOOK_CLOSER].includes(host.probeExecutable(path));
  });
}
