/**
 * The launch bundle's entry: a launch in which nothing is out of the ordinary, with as little code as that takes; what
 * compiles a profile is in the compiler's bundle, which was loaded before.
 *
 * Whatever else comes up (a verb, help, a dry run, a warning, a mistake, a number above 2^53) is left to the toolkit, which
 * begins anew and knows how to say it. That is safe because nothing has been changed before the native exec.
 */

import type { Host, NativeHost } from "../host.ts";
import { asksOnly, parseCommandLine } from "../task/options.ts";
import type {} from "./compiler.ts";
import { launch } from "./launch.ts";
import type { Reading } from "./plan.ts";

declare global {
  // The host calls this function of a bundle and takes its result as the exit status.
  var main: (host: NativeHost) => number;
}

globalThis.main = (host) => {
  try {
    const commandLine = parseCommandLine(host.args);
    if (!asksOnly(commandLine.options)) {
      launch(host, commandLine, quickReading(host), (text) => host.write(2, text));
    }
  } catch {
    // Said by the toolkit, which comes to the same result.
  }
  return host.runToolkit();
};

/** Reads with JSON.parse, and gives up where that may have lost something. */
function quickReading(host: Host): Reading {
  const parseJson = (text: string): unknown => {
    const value: unknown = JSON.parse(text);
    if (!host.jsonIsPlain(text)) {
      throw new Error("not exact");
    }
    return value;
  };
  return {
    parseJson,
    compiler,
    readProfile: ({ text }, lap) => {
      const value = parseJson(text);
      lap("JSON");
      return compiler.readProfile(value);
    },
    doubtful: leaveIt,
    warn: leaveIt,
    installFailure: leaveIt,
    adviser: { lookCloser: leaveIt, cannotRun: leaveIt, notInPath: leaveIt },
  };
}

/** Leaves it to the toolkit. */
function leaveIt(): never {
  throw new Error("something to say");
}
