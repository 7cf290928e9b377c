/**
 * Kernel versions: "X.Y" in profiles, release strings such as "6.1.0-28-amd64" from uname(2).
 *
 * A version is one number, major * 256 + minor, so that versions compare as numbers.
 */

/** Reads "X.Y" strictly, as Docker does (each part 0 to 255, not both 0); undefined for anything else. */
export function parseKernelVersion(text: string): number | undefined {
  const dot = text.indexOf(".");
  const major = parsePart(text.slice(0, dot));
  const minor = parsePart(text.slice(dot + 1));
  if (dot < 0 || major === undefined || minor === undefined || (major === 0 && minor === 0)) {
    return undefined;
  }
  return major * 256 + minor;
}

/** Reads the first two numbers of a release: "5.10.0-28-amd64", "3.10.0-1160.el7", "6.1+"; undefined if there are none. */
export function parseKernelRelease(release: string): number | undefined {
  const dot = release.indexOf(".");
  let end = dot + 1;
  while (isDigit(release.charCodeAt(end))) {
    end += 1;
  }
  return dot < 0 ? undefined : parseKernelVersion(release.slice(0, end));
}

/** "X.Y" of a version number. */
export function formatKernelVersion(version: number): string {
  return `${version >> 8}.${version & 255}`;
}

/** A decimal number from 0 to 255 without a sign; no regular expression, since the launch path has none. */
function parsePart(text: string): number | undefined {
  if (text.length === 0 || text.length > 3) {
    return undefined;
  }
  for (let i = 0; i < text.length; i += 1) {
    if (!isDigit(text.charCodeAt(i))) {
      return undefined;
    }
  }
  const value = Number(text);
  return value <= 255 ? value : undefined;
}

function isDigit(unit: number): boolean {
  return unit >= 48 && unit <= 57;
}
