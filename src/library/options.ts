/**
 * Checks the options that a calling program gives: a misspelt one would have no effect.
 */

/** What an option can be: a type, or one of some words. */
export type OptionKind = "string" | "boolean" | "object" | "strings" | "capabilities" | readonly string[];

/** The options of a function, each with its kind. */
export type OptionKinds = Readonly<Record<string, OptionKind>>;

/**
 * Refuses what is no object with these options.
 *
 * @param what the object in messages
 * @param required the names of options that must be there
 * @throws TypeError if it is no object, an option is missing or unknown, or has another type
 * @throws RangeError if an option is none of its words
 * @internal
 */
export function checkOptions(
  what: string,
  options: unknown,
  kinds: OptionKinds,
  required: readonly string[] = [],
): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new TypeError(`${what} must be an object`);
  }
  const known = Object.keys(kinds);
  const given = options as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(given).find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new TypeError(`${what}: there is no option '${unknown}'; known are ${known.join(", ")}`);
  }
  for (const [name, kind] of Object.entries(kinds)) {
    const value = given[name];
    if (value !== undefined) {
      checkValue(`${what}: ${name}`, value, kind);
    } else if (required.includes(name)) {
      const words = typeof kind === "string" ? "" : `: ${kind.join(", ")}`;
      throw new TypeError(`${what}: ${name} is missing${words}`);
    }
  }
}

function checkValue(what: string, value: unknown, kind: OptionKind): void {
  if (kind === "strings" || (kind === "capabilities" && value !== "all" && value !== "none")) {
    if (!Array.isArray(value) || !value.every((one) => typeof one === "string")) {
      throw new TypeError(
        `${what} must be a list of strings${kind === "strings" ? "" : ", or 'all' or 'none'"}`,
      );
    }
  } else if (kind === "capabilities") {
    return;
  } else if (typeof kind === "string") {
    if (typeof value !== kind || value === null) {
      throw new TypeError(`${what} must be of the type ${kind}`);
    }
  } else if (typeof value !== "string") {
    throw new TypeError(`${what} must be one of ${kind.join(", ")}`);
  } else if (!kind.includes(value)) {
    throw new RangeError(`${what}: '${value}' is not known; known are ${kind.join(", ")}`);
  }
}

/** @throws TypeError */
export function checkText(text: unknown): void {
  if (typeof text !== "string") {
    throw new TypeError("the text of a profile must be a string");
  }
}

/** The options of what a profile means. */
export const MEANING: OptionKinds = { unknownSyscalls: ["enosys", "default"], wideArguments: "boolean" };
