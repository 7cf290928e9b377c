/**
 * Finds the command as execvp(3) does.
 */

import { decodeBytes } from "../bytes.ts";
import type { ByteString, Host } from "../host.ts";
import { EACCES, ENOENT } from "./errno.ts";

/** Where commands are looked for when PATH is not set: _CS_PATH of confstr(3) in glibc. */
const DEFAULT_PATH = "/bin:/usr/bin";

/** Why a command cannot be run; the exit status says which (POSIX, "Exit Status for Commands"). */
export class CommandError extends Error {
  constructor(
    message: string,
    /** 126: it is there and cannot be run; 127: it is not there. */
    readonly status: 126 | 127,
  ) {
    super(message);
  }
}

/**
 * The path to give to execve(2).
 *
 * @throws CommandError
 */
export function findCommand(host: Host, command: ByteString): ByteString {
  if (command === "") {
    throw new CommandError("the command is an empty string", 127);
  }
  if (command.includes("/")) {
    const errno = host.probeExecutable(command);
    if (errno !== 0) {
      throw failure(host, command, errno, undefined);
    }
    return command;
  }
  const search = host.env("PATH") ?? DEFAULT_PATH;
  let found: ByteString | undefined;
  for (const directory of search.split(":")) {
    // An empty entry is the working directory; execve(2) takes a bare name from there.
    const path = directory === "" ? command : `${directory}/${command}`;
    const errno = host.probeExecutable(path);
    if (errno === 0) {
      return path;
    }
    if (errno === EACCES) {
      found ??= path;
    }
  }
  throw found === undefined
    ? failure(host, command, ENOENT, search)
    : failure(host, found, EACCES, undefined);
}

function failure(
  host: Host,
  command: ByteString,
  errno: number,
  search: ByteString | undefined,
): CommandError {
  const shown = decodeBytes(command);
  if (search !== undefined) {
    return new CommandError(`cannot find '${shown}' in PATH (${decodeBytes(search)})`, 127);
  }
  const reason = host.errorMessage(errno);
  return errno === EACCES
    ? new CommandError(`cannot run '${shown}': ${reason}`, 126)
    : new CommandError(`cannot find '${shown}': ${reason}`, 127);
}
