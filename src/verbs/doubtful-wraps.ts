/**
 * Wrappers of an operator's policy that cannot work, for `check-policy`.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { ENOENT } from "../load/errno.ts";
import { flawOfProgram } from "../load/files.ts";
import { pointerTo } from "../profile/pointer.ts";
import type { OperatorPolicy } from "../task/operator.ts";
import { isItself, isLauncherFile, isOfFile, nameOf, OWN_NAME } from "../task/wrapper.ts";

/**
 * Wrappers that cannot work.
 *
 * @param host where the programs are; undefined: on another machine
 */
export function doubtfulWraps({ wraps = {} }: OperatorPolicy, host: Host | undefined): readonly Diagnostic[] {
  return Object.entries(wraps).flatMap(([wrapper, program]) => {
    const why = whyNoWrapper(encodeBytes(wrapper), encodeBytes(program), host);
    return why === undefined
      ? []
      : [
          {
            code: "unreadable",
            severity: "warning",
            message: `'wraps': ${why[0]}`,
            hint: why[1],
            pointer: pointerTo("/wraps", wrapper),
          },
        ];
  });
}

function whyNoWrapper(
  wrapper: ByteString,
  program: ByteString,
  host: Host | undefined,
): readonly [why: string, hint: string] | undefined {
  const [name, path] = [decodeBytes(wrapper), decodeBytes(program)];
  if (!isOfFile(wrapper)) {
    return [
      `no file can be started as '${name}', so this never applies`,
      "write the name under which the launcher is installed, or its whole path",
    ];
  }
  if (isItself(wrapper)) {
    return [
      `started as ${name}, the launcher is itself and runs no other program`,
      nameOf(wrapper).startsWith(OWN_NAME)
        ? `install it under a name that does not begin with ${OWN_NAME}`
        : "a path below /proc or /dev/fd says nothing about the file's name: write that name, or its whole path",
    ];
  }
  const refused = `, so each start of ${name} is refused`;
  if (isLauncher(program, host)) {
    return [`${path} is the launcher itself${refused}`, "name the program that it is to confine"];
  }
  const errno = host?.probeExecutable(program) ?? 0;
  if (host === undefined) {
    return undefined;
  }
  if (errno <= 0) {
    const flaw = flawOfProgram(host, program);
    return flaw && [flaw.message, flaw.hint];
  }
  return errno === ENOENT
    ? [`${path} does not exist${refused}`, "put the real program there"]
    : [`${path} cannot be run: ${host.errorMessage(errno)}${refused}`, "name a program that can be run"];
}

/** Whether a program is a launcher: by its content, or by its name if it cannot be read. */
function isLauncher(program: ByteString, host: Host | undefined): boolean {
  const head = host?.readHead(program);
  return typeof head === "string"
    ? isLauncherFile(head) || host?.sameFile(program, host.execPath() ?? "") === true
    : nameOf(program).startsWith(OWN_NAME);
}
