/**
 * `help` and the help texts, generated from the tables of options and verbs.
 */

import { decodeBytes } from "../bytes.ts";
import type { ByteString } from "../host.ts";
import type { OptionSpec } from "../task/command-line.ts";
import { LAUNCH_OPTIONS } from "../task/options.ts";
import { jsonReport } from "./json.ts";
import { JSON_OPTION } from "./target-options.ts";
import {
  defineVerb,
  EXIT_YES,
  optionsOf,
  UsageError,
  usage,
  type Verb,
  type VerbDescription,
} from "./verb.ts";
import { flowing, unbroken } from "./wrap.ts";

const USAGE = `Usage: seccomp-exec [OPTIONS] -- COMMAND [ARG...]
       seccomp-exec VERB [OPTIONS] ...
`;

/** What is printed if there are no arguments. */
export function shortHelp(): string {
  return `${USAGE}
Runs COMMAND under a seccomp profile, for example: seccomp-exec --profile builtin:default.json -- COMMAND
seccomp-exec --help lists the options and the verbs.
`;
}

/** What `seccomp-exec --help` prints. */
export function helpText(verbs: readonly VerbDescription[]): string {
  return flowing(`${USAGE}
Runs COMMAND under a seccomp profile. The process becomes the command; only the filter is new.

Options:
${optionLines(LAUNCH_OPTIONS)}

Verbs, for authors of profiles; see seccomp-exec help VERB:
${columns(verbs.map(({ name, summary }) => [name, summary]))}

Without an option the environment names the profile, in order of precedence: SECCOMP_EXEC_PROFILE or
SECCOMP_EXEC_UNCONFINED, SECCOMP_EXEC_LINUX_INFO, MARATHON_APP_LABEL_SECCOMP_PROFILE or
MARATHON_APP_LABEL_SECCOMP_UNCONFINED, MESOS_SECCOMP_PROFILE_NAME; else it is default.json. Any other name that begins
with SECCOMP_EXEC_ is an error.

Installed under the name of another program, it confines each start of that program: NAME.real beside it, or what the
operator's policy names in 'wraps'. All arguments are then that program's. Its own name begins with seccomp-exec.

Exit status: the command's own; 125 the launcher failed, 126 the command cannot be run, 127 it was not found.
Of a verb: 0 yes, 1 no, 2 usage error.

Example:
${unbroken("  seccomp-exec --profile builtin:strict.json -- redis-server --save ''")}
`);
}

/** What `seccomp-exec help VERB` and `seccomp-exec VERB --help` print. */
export function verbHelp(verb: VerbDescription): string {
  const { details, exits, example } = verb;
  const options = optionsOf(verb);
  const parts = [
    `Usage: ${usage(verb)}`,
    flowing(details),
    `Options:\n${optionLines(options)}`,
    ...options.flatMap(wordLines),
    ...(exits === undefined ? [] : [`Exit status: 0 ${exits.yes}, 1 ${exits.no}, 2 usage error.`]),
    `Example:\n${unbroken(`  ${example}`)}`,
  ];
  return `${parts.join("\n\n")}\n`;
}

/** The tables of options and verbs, for programs that complete or generate command lines. */
function helpJson(verbs: readonly VerbDescription[]): string {
  return jsonReport({
    options: LAUNCH_OPTIONS.map(optionMember),
    verbs: verbs.map((verb) => ({
      name: verb.name,
      operands: verb.operands,
      summary: verb.summary,
      details: verb.details,
      options: optionsOf(verb).map(optionMember),
      exits: verb.exits && { 0: verb.exits.yes, 1: verb.exits.no },
      runsCommand: verb.runsCommand === true,
      readsInput: verb.readsInput,
      example: verb.example,
    })),
  });
}

function optionMember({ name, short, value, optional, choices, required, input, help }: OptionSpec): object {
  return {
    name,
    short,
    value,
    valueOptional: optional === true,
    choices,
    required: required === true,
    input: input === true,
    help,
  };
}

/** The values that an option takes, with their meanings where it gives them. */
function wordLines({ value, meanings }: OptionSpec): string[] {
  return meanings === undefined ? [] : [`${value} is one of:\n${columns(Object.entries(meanings))}`];
}

function optionLines(options: readonly OptionSpec[]): string {
  return columns(
    options.map((option) => {
      const { short, name, help } = option;
      return [`${short === undefined ? name : `${short}, ${name}`}${valuePlace(option)}`, help];
    }),
  );
}

/** The placeholder of an option's value, as it is written after its name. */
function valuePlace({ value, optional }: OptionSpec): string {
  if (value === undefined) {
    return "";
  }
  return optional === true ? `[=${value}]` : ` ${value}`;
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}

/** The usage error for an unknown verb. */
export function unknownVerb(name: ByteString, verbs: readonly Verb[], hint: string): UsageError {
  const word = decodeBytes(name);
  const among = verbs.map((verb) => verb.name);
  return new UsageError(`unknown verb '${word}'`, hint, { word, kind: "verb", among });
}

/** The verb that explains the others. */
export function helpVerb(verbs: () => readonly Verb[]): Verb {
  return defineVerb({
    name: "help",
    operands: ["[VERB]"],
    summary: "show this help, or a verb's",
    details: "Lists the options and the verbs, or shows how to use a verb.",
    options: [JSON_OPTION],
    example: "seccomp-exec help check",
    run: (host, { options, operands: [name] }) => {
      const verb = verbs().find((known) => known.name === name);
      if (name !== undefined && verb === undefined) {
        throw unknownVerb(name, verbs(), "seccomp-exec help lists them");
      }
      if (options["--json"]) {
        host.writeLines(helpJson(verb === undefined ? verbs() : [verb]));
      } else {
        host.write(1, verb === undefined ? helpText(verbs()) : verbHelp(verb));
      }
      return EXIT_YES;
    },
  });
}
