/**
 * What check says of programs that do not start under a profile, for one C library.
 */

/** A finding of `check --json`. */
export interface Finding {
  readonly code: string;
  readonly severity: string;
  readonly message: string;
}

/** A C library; the minor version of glibc 2. */
export type Library = { readonly name: "glibc"; readonly minor: number } | { readonly name: "musl" };

/** Whether the findings say that a dynamically linked program of that library does not start, or not end by itself. */
export function saysNoStart(findings: readonly Finding[], library: Library): boolean {
  return findings.some(({ code, severity, message }) => {
    if (severity === "error" || code === "denies-execve" || code === "undecided-execve") {
      return true;
    }
    const [subject = ""] = message.split(";");
    if (code === "denies-exit") {
      return (
        !message.includes("crash at their end") || names(subject.replace(/ crash.*/, ", which"), library)
      );
    }
    return code === "denies-dynamic-loader" && names(subject, library);
  });
}

/** Whether a text names a library: "glibc 2.33 to 2.38 (Debian 12), which ..., nor under musl, which ...". */
function names(text: string, library: Library): boolean {
  if (library.name === "musl") {
    return /\bmusl, which/.test(text);
  }
  const found = /\bglibc(| [^(]*?)(?: \([^)]*\))?(?: or musl)?, which/.exec(text);
  return (
    found !== null &&
    (found[1] === "" || (found[1] ?? "").split(",").some((range) => isIn(range, library.minor)))
  );
}

/** Whether a minor version is in "before 2.33", "2.33 to 2.38", "2.39 and later" or "2.36". */
function isIn(range: string, minor: number): boolean {
  const [first = 0, last = first] = [...range.matchAll(/2\.(\d+)/g)].map(([, number]) => Number(number));
  if (range.includes("before")) {
    return minor < first;
  }
  return minor >= first && (range.includes("and later") || minor <= last);
}
