/**
 * A profile as text: JSON, numbers of 64 bits in hexadecimal.
 */

import type { Profile } from "./profile.ts";

/** Prints a profile as it was read: what is absent is left out, and nothing is resolved for a machine yet. */
export function printProfile(profile: Profile): string {
  const asText = (_: string, value: unknown): unknown =>
    typeof value === "bigint" ? `0x${value.toString(16)}` : value;
  return `${JSON.stringify(profile, asText, 1)}\n`;
}
