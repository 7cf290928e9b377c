/**
 * Those in whose name the programs are started.
 */

import { readFileSync } from "node:fs";

export interface Caller {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
  /** The command that turns a process of the test's own user into this caller, and executes what follows it. */
  readonly become: readonly string[];
}

/** What Docker leaves to root in a container that asks for nothing. */
const CONTAINER_CAPABILITIES =
  "audit_write chown dac_override fowner fsetid kill mknod net_bind_service net_raw setfcap setgid setpcap setuid " +
  "sys_chroot";

/** For root: root, root of a container, and somebody else; for any other user: that user. */
export function callers(): readonly Caller[] {
  const uid = process.getuid?.() ?? 0;
  const gid = process.getgid?.() ?? 0;
  if (uid !== 0) {
    return [{ name: "this user", uid, gid, become: [] }];
  }
  const kept = CONTAINER_CAPABILITIES.replaceAll(" ", ",+");
  const nobody = userCaller("nobody");
  return [
    { name: "root", uid, gid, become: [] },
    { name: "root of a container", uid, gid, become: ["setpriv", `--bounding-set=-all,+${kept}`, "--"] },
    ...(nobody === undefined ? [] : [nobody]),
  ];
}

/** A user by name, whom only root can become; undefined where the machine has no such user. */
export function userCaller(name: string): Caller | undefined {
  const users = readFileSync("/etc/passwd", "utf8").split("\n");
  const [, , uid, gid] = users.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
  if (uid === undefined || gid === undefined) {
    return undefined;
  }
  const become = ["setpriv", `--reuid=${uid}`, `--regid=${gid}`, "--clear-groups", "--"];
  return { name, uid: Number(uid), gid: Number(gid), become };
}
