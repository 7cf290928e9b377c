/**
 * Options in the wrong place: a verb's before the verb, a launch's after it, or another verb's.
 */

import { decodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import { listed } from "../plural.ts";
import { LAUNCH_OPTIONS } from "../task/options.ts";
import { quoted } from "./render.ts";
import { optionsOf, UsageError, type Verb } from "./verb.ts";

/**
 * Reads a command line that begins with an option, and finds out whether a verb was meant.
 *
 * @param args the whole argument vector
 * @throws Refusal
 */
export function withPlaceOfVerb<T>(args: readonly ByteString[], verbs: readonly Verb[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    const hint = error instanceof Refusal ? optionsBeforeVerb(args, verbs) : undefined;
    throw error instanceof Refusal && hint !== undefined ? new Refusal(error.message, hint) : error;
  }
}

/**
 * Reads the command line of a verb, and says where an option belongs that it does not have.
 *
 * @throws UsageError
 */
export function withPlaceOfOption<T>(verb: Verb, verbs: readonly Verb[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof UsageError ? elsewhere(error, verb, verbs) : error;
  }
}

/**
 * What to do about a command line that cannot be read, if the options before a verb are all of that verb; undefined: this is not the
 * reason.
 */
function optionsBeforeVerb(args: readonly ByteString[], verbs: readonly Verb[]): string | undefined {
  const end = args.indexOf("--");
  const words = args.slice(1, end < 0 ? args.length : end);
  for (const verb of verbs) {
    const at = words.indexOf(verb.name);
    const before = words.slice(0, at);
    const options = optionsOf(verb);
    // A word that is no option may be the value of the one before it.
    const areOfVerb = before.every(
      (word) => !word.startsWith("-") || options.some((one) => isNamed(word.split("=")[0] ?? "", one)),
    );
    if (at > 0 && areOfVerb) {
      const line = [verb.name, ...before, ...args.slice(2 + at)].map((word) => quoted(decodeBytes(word)));
      return `options of ${verb.name} come after it: seccomp-exec ${line.join(" ")}`;
    }
  }
  return undefined;
}

/** The same refusal, with a better hint if the option is one of launches or of other verbs. */
function elsewhere(error: UsageError, verb: Verb, verbs: readonly Verb[]): UsageError {
  const { message, misspelt } = error;
  const word = misspelt?.kind === "option" ? misspelt.word : "";
  const others = verbs.filter((other) => other !== verb && other.options.some((one) => isNamed(word, one)));
  const launch = LAUNCH_OPTIONS.find((one) => isNamed(word, one));
  if (launch !== undefined) {
    const value = "value" in launch && !("optional" in launch) ? ` ${launch.value}` : "";
    const command = launch.name === "--version" ? "" : " -- COMMAND";
    return new UsageError(message, `it is an option of launches: seccomp-exec ${word}${value}${command}`);
  }
  return others.length === 0
    ? error
    : new UsageError(message, `it is an option of ${listed(others.map(({ name }) => name))}`);
}

function isNamed(word: string, { name, short }: { readonly name: string; readonly short?: string }): boolean {
  return word !== "" && (word === name || word === short);
}
