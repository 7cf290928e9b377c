/**
 * Finds the command as execvp(3) does.
 */

import { type ByteString, type Doubt, type Host, LOOK_CLOSER } from "../host.ts";
import { EACCES, ENAMETOOLONG, ENODEV, ENOENT, ENOTDIR, ESTALE, ETIMEDOUT } from "../load/errno.ts";

/** Where commands are looked for when PATH is not set: _CS_PATH of confstr(3) in glibc. */
export const DEFAULT_PATH = "/bin:/usr/bin";

/** What is to be executed. */
export interface Command {
  readonly path: ByteString;
  /** The directories of PATH behind it, where execvp(3) goes on if the kernel refuses it. */
  readonly elsewhere?: ByteString;
  readonly doubt?: Doubt;
}

/** Why a file cannot be executed, as far as that is known beforehand. */
export interface Obstacle {
  /** What execve(2) would say. */
  readonly errno: number;
  readonly path: ByteString;
  /** Another file that is to blame, which it is to be started by. */
  readonly interpreter?: ByteString;
}

/** What is done about commands that are out of the ordinary: explain-command.ts. */
export interface CommandAdviser {
  /** Looks at a file of which {@link Host.probeExecutable} says so. */
  lookCloser(host: Host, path: ByteString): Obstacle | Doubt;
  /** What to say where it cannot be run. */
  cannotRun(host: Host, command: ByteString, obstacle: Obstacle): Error;
  /** What to say where it is in none of the directories. */
  notInPath(host: Host, command: ByteString, search: ByteString): Error;
}

/** After these execvp(3) looks in the next directory; glibc does not even try a path that is too long. */
const GOES_ON: readonly number[] = [EACCES, ENOENT, ENOTDIR, ESTALE, ENODEV, ETIMEDOUT, ENAMETOOLONG];

/**
 * What to give to execve(2).
 *
 * @throws what the adviser says
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
    // An empty entry is the working directory; execve(2) takes a bare name from there.
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
