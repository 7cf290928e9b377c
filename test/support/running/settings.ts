/**
 * The settings of this machine's operator, which affect launches: no test may depend on them.
 */

import { existsSync } from "node:fs";
import { IS_ROOT, type Need, need } from "./needs.ts";

/** Directories below /etc: the launcher's, and Mesos's. */
const NAMES = ["seccomp-exec", "dcos"];

const isThere = (): boolean => NAMES.some((name) => existsSync(`/etc/${name}`));

/**
 * Runs a command with a copy of /etc without them. Mounting an empty directory over them would not do: a launch with a directory
 * does more than one without.
 */
const HIDE = `
copy=$(mktemp -d) && mount -t tmpfs none "$copy" && cp -a /etc/. "$copy" || exit
for name in ${NAMES.join(" ")}; do rm -rf "$copy/$name"; done
mount --bind "$copy" /etc && umount "$copy" && rmdir "$copy" && exec "$@"`;

/** The prefix of a command that must not see them; empty if there are none, or if they cannot be hidden. */
export function hidingSettings(): readonly string[] {
  return IS_ROOT && isThere() ? ["unshare", "--mount", "sh", "-c", HIDE, "sh"] : [];
}

/** For launches outside of test/run.ts, or by a user who cannot hide them. */
export const NO_SETTINGS: Need = need(
  "a machine without /etc/seccomp-exec and /etc/dcos, or root, from whom test/run.ts hides them",
  () => !isThere(),
);
