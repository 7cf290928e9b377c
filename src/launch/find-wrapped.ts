/**
 * Finds the real program that the launcher stands for as its wrapper.
 */

import type { ByteString, Host } from "../host.ts";
import type { OperatorPolicy } from "../task/operator.ts";
import { isLauncherFile, realProgram } from "../task/wrapper.ts";
import { type Command, type CommandAdviser, findCommand } from "./find-command.ts";

/**
 * Finds the file to pass to execve(2). It is never this executable, which would start itself for ever, and no other launcher: two
 * that the policy names for each other would do the same. A launcher that may be executed and not read is not known as one.
 *
 * @param wrapper the path by which the launcher was started
 * @throws the adviser's errors
 */
export function findWrapped(
  host: Host,
  wrapper: ByteString,
  policy: OperatorPolicy | undefined,
  adviser: CommandAdviser,
): Command {
  const real = realProgram(wrapper, policy);
  const same = host.sameFile(real.path, wrapper);
  if (same !== false) {
    throw adviser.cannotWrap(host, wrapper, real, same);
  }
  const head = host.readHead(real.path);
  if (typeof head === "string" && isLauncherFile(head)) {
    throw adviser.cannotWrap(host, wrapper, real, true);
  }
  return findCommand(host, real.path, adviser);
}
