/**
 * The entry of the launch bundle: an ordinary launch, with as little code as possible. The compiler is in a bundle of its
 * own, which was loaded before.
 *
 * Everything else (a verb, help, a dry run, a warning, a mistake, a number above 2^53) is left to the toolkit, which
 * starts over and reports it. That is safe because nothing is changed before the native exec.
 */

import type { Host, NativeHost } from "../host.ts";
import validatePolicy from "../task/generated/validate-policy.js";
import type { PolicyTypeCheck } from "../task/operator.ts";
import { parseCommandLine } from "../task/options.ts";
import { wrapperCommandLine } from "../task/wrapper.ts";
import "./built-ins.ts";
import type {} from "./compiler.ts";
import type { CommandAdviser } from "./find-command.ts";
import { launch } from "./launch.ts";
import { leaveIt } from "./leave-it.ts";
import type { LaunchTools } from "./plan.ts";

declare global {
  // The host calls this function of a bundle; its result is the exit status.
  var main: (host: NativeHost) => number;
}

globalThis.main = (host) => {
  try {
    const commandLine = wrapperCommandLine(host.execPath(), host.args) ?? parseCommandLine(host.args);
    if (commandLine.kind === "launch") {
      return launch(host, commandLine, quickTools(host), (text) => host.write(2, text));
    }
  } catch (error) {
    // In a supervisor there is nothing to start over. Otherwise the toolkit meets the same error, and reports it.
    if (globalThis.audited !== undefined) {
      throw error;
    }
  }
  return host.runToolkit();
};

const ADVISER: CommandAdviser = {
  lookCloser: leaveIt,
  cannotRun: leaveIt,
  cannotWrap: leaveIt,
  notInPath: leaveIt,
};

const checkPolicyTypes: PolicyTypeCheck = (value) => validatePolicy(value) || leaveIt();

/** Tools that read with JSON.parse, and give up if that may have lost information. */
function quickTools(host: Host): LaunchTools {
  const parseJson = (text: string): unknown => {
    const value: unknown = JSON.parse(text);
    return host.jsonIsPlain(text) ? value : leaveIt();
  };
  return {
    parseJson,
    checkPolicyTypes,
    compiler,
    readPolicy: ({ text, part }, target, options, lap) => {
      const value = part === undefined ? parseJson(text) : leaveIt();
      lap("JSON");
      return compiler.quickPolicy(value, target, options, lap);
    },
    doubtful: leaveIt,
    warn: leaveIt,
    examine: leaveIt,
    installFailure: leaveIt,
    // The supervisor's bundle reads no YAML. (This bundle runs without regular expressions.)
    checkAuditable: ({ text }) => {
      if (!text.trimStart().startsWith("{")) {
        leaveIt();
      }
    },
    audit: (audited) => {
      globalThis.audited = audited;
      return host.runAuditor();
    },
    adviser: ADVISER,
  };
}
