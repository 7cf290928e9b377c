/**
 * A profile as text: JSON, with 64-bit numbers in hexadecimal.
 */

import type { Profile } from "./profile.ts";

/** Prints a profile as it was read: absent members are omitted, nothing is resolved for a machine. */
export function printProfile(profile: Profile): string {
  const asText = (_: string, value: unknown): unknown =>
    typeof value === "bigint" ? `0x${value.toString(16)}` : value;
  return `${JSON.stringify(profile, asText, 1)}\n`;
}
