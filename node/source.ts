/**
 * Where a profile comes from: looked up as by the launcher, or given by the program.
 */

import { fileURLToPath } from "node:url";
import { encodeBytes } from "../src/bytes.ts";
import { Refusal } from "../src/diagnostic.ts";
import type { Host } from "../src/host.ts";
import { loadProfile, type ProfileText } from "../src/load/load-profile.ts";
import { checkReference } from "../src/task/request.ts";
import { jsonText } from "./json-text.ts";

/**
 * A profile:
 *
 * - a string, as after `--profile` of the launcher: `builtin:NAME` (a shipped profile), a path (with a slash), or a name that is
 *   looked up in `profileDir`;
 * - a `file:` URL, for a file beside a module: `new URL("./profile.json", import.meta.url)`;
 * - `{ text }`: the text of a profile, in any format that the launcher reads (docs/formats.md);
 * - any other object: a profile as `JSON.parse` returns it. Integers above 2^53 have to be `bigint`, since a number would have lost
 *   digits.
 */
export type ProfileSource = string | URL | GivenText | ProfileObject;

/** The text of a profile. */
export interface GivenText {
  /** The text, in any format that the launcher reads. */
  readonly text: string;
  /** What messages call it; by default "the profile". */
  readonly label?: string;
}

/** A profile in Docker's, Mesos's or the OCI runtime-spec's form; it is checked when it is used. */
export interface ProfileObject {
  readonly [key: string]: unknown;
}

const UNNAMED = "the profile";

/**
 * Reads the text of a profile.
 *
 * @internal
 *
 * @param asRoot whether the process runs as root, whose files no other user may be able to change
 * @param profileDir undefined: that of the launcher
 * @throws Refusal or InvalidInput
 */
export function readSource(
  host: Host,
  source: ProfileSource,
  profileDir: string | undefined,
  asRoot: boolean,
): ProfileText {
  if (typeof source === "string" || source instanceof URL) {
    const reference = encodeBytes(typeof source === "string" ? source : fileURLToPath(source));
    checkReference(reference, { name: UNNAMED, commandLine: true });
    const directory = profileDir === undefined ? undefined : encodeBytes(profileDir);
    return loadProfile(host, reference, directory, { asRoot, operator: undefined, prepared: false });
  }
  // Programs without types give anything.
  const given: unknown = source;
  if (given === null || typeof given !== "object") {
    throw new Refusal(
      `a profile cannot be ${given === undefined || given === null ? given : `a ${typeof given}`}`,
    );
  }
  const { text, label } = source;
  if (typeof text === "string") {
    return {
      text,
      label: typeof label === "string" ? label : UNNAMED,
      origin: { kind: "stream" },
    };
  }
  return { text: jsonText(source), label: UNNAMED, origin: { kind: "stream" } };
}
