/**
 * Finds the command as execvp(3) does.
 */

import { type ByteString, type Doubt, type Host, LOOK_CLOSER } from "../host.ts";
import { EACCES, ENAMETOOLONG, ENODEV, ENOENT, ENOTDIR, ESTALE, ETIMEDOUT } from "../load/errno.ts";
import type { RealProgram } from "../task/wrapper.ts";

/** The search path if PATH is not set: _CS_PATH of confstr(3) in glibc. */
export const DEFAULT_PATH = "/bin:/usr/bin";

/** The command to execute. */
export interface Command {
  readonly path: ByteString;
  /** The remaining directories of PATH, in which execvp(3) continues if the kernel refuses the path. */
  readonly elsewhere?: ByteString;
  readonly doubt?: Doubt;
}

/** Why a file cannot be executed, as far as known before execve(2). */
export interface Obstacle {
  /** The errno that execve(2) would fail with. */
  readonly errno: number;
  readonly path: ByteString;
  /** The interpreter at fault, if it is not the file itself. */
  readonly interpreter?: ByteString;
}

/** Handles unusual commands: explain-command.ts. */
export interface CommandAdviser {
  /** Examines a file for which {@link Host.probeExecutable} returned {@link LOOK_CLOSER}. */
  lookCloser(host: Host, path: ByteString): Obstacle | Doubt;
  /** The error if the command cannot be run. */
  cannotRun(host: Host, command: ByteString, obstacle: Obstacle): Error;
  /**
   * The error if a wrapper has no real program.
   *
   * @param wrapper the path by which it was started
   * @param same true: it is this executable; else why the two cannot be compared, an errno
   */
  cannotWrap(host: Host, wrapper: ByteString, real: RealProgram, same: true | number): Error;
  /** The error if it is in none of the directories. */
  notInPath(host: Host, command: ByteString, search: ByteString): Error;
}

/** The errnos after which execvp(3) tries the next directory; glibc does not even try a path that is too long. */
const GOES_ON: readonly number[] = [EACCES, ENOENT, ENOTDIR, ESTALE, ENODEV, ETIMEDOUT, ENAMETOOLONG];

/**
 * Finds the file to pass to execve(2).
 *
 * @throws the adviser's errors
 */
export function findCommand(host: Host, command: ByteString, adviser: CommandAdviser): Command {
  if (command.includes("/") || command === "") {
    const found = lookAt(host, command, adviser);
    if (isObstacle(found)) {
      throw adviser.cannotRun(host, command, found);
    }
    return found;
  }
  const search = host.env("PATH") ?? DEFAULT_PATH;
  let first: Obstacle | undefined;
  for (let rest: ByteString | undefined = search; rest !== undefined; ) {
    const colon: number = rest.indexOf(":");
    const directory: ByteString = colon < 0 ? rest : rest.slice(0, colon);
    rest = colon < 0 ? undefined : rest.slice(colon + 1);
    // An empty entry is the working directory, in which execve(2) looks up a bare name.
    const found = lookAt(host, directory === "" ? command : `${directory}/${command}`, adviser);
    if (!isObstacle(found)) {
      return rest === undefined ? found : { ...found, elsewhere: rest };
    }
    if (!GOES_ON.includes(found.errno)) {
      throw adviser.cannotRun(host, command, found);
    }
    if (found.errno === EACCES || found.interpreter !== undefined) {
      first ??= found;
    }
  }
  throw first === undefined
    ? adviser.notInPath(host, command, search)
    : adviser.cannotRun(host, command, first);
}

function lookAt(host: Host, path: ByteString, adviser: CommandAdviser): Command | Obstacle {
  const errno = host.probeExecutable(path);
  if (errno === 0) {
    return { path };
  }
  if (errno !== LOOK_CLOSER) {
    return { errno, path };
  }
  const seen = adviser.lookCloser(host, path);
  return isObstacle(seen) ? seen : { path, doubt: seen };
}

function isObstacle(found: Command | Obstacle | Doubt): found is Obstacle {
  return "errno" in found && "path" in found;
}
