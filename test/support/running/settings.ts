/**
 * The settings of this machine's operator, which decide for launches: no test may depend on whether there are any.
 */

import { existsSync } from "node:fs";
import { IS_ROOT, type Need, need } from "./needs.ts";

/** Below /etc: what the launcher looks for, and what Mesos has. */
const NAMES = ["seccomp-exec", "dcos"];

const isThere = (): boolean => NAMES.some((name) => existsSync(`/etc/${name}`));

/**
 * A copy of /etc without them, seen by one process and those that it starts. To cover a directory by an empty one would
 * not do: a launch that finds a directory does more than one that finds none.
 */
const HIDE = `
copy=$(mktemp -d) && mount -t tmpfs none "$copy" && cp -a /etc/. "$copy" || exit
for name in ${NAMES.join(" ")}; do rm -rf "$copy/$name"; done
mount --bind "$copy" /etc && umount "$copy" && rmdir "$copy" && exec "$@"`;

/** What goes in front of a command that is not to see them; nothing where there are none, or where they cannot be hidden. */
export function hidingSettings(): readonly string[] {
  return IS_ROOT && isThere() ? ["unshare", "--mount", "sh", "-c", HIDE, "sh"] : [];
}

/** Launches outside of test/run.ts, or by a user from whom nothing can be hidden. */
export const NO_SETTINGS: Need = need(
  "a machine without /etc/seccomp-exec and /etc/dcos, or root, from whom test/run.ts hides them",
  () => !isThere(),
);
