/**
 * `prepare`: compiles the filters of profiles beforehand, so that launches need not.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import { type Diagnostic, Refusal } from "../diagnostic.ts";
import type { ByteString, Host } from "../host.ts";
import { contextOf, trustedBeside } from "../load/files.ts";
import { PART } from "../load/load-profile.ts";
import { formatPrepared, preparedSuffix, type Saying } from "../load/prepared.ts";
import { attainable, processStatus } from "../load/target.ts";
import { loadForVerb, sayFindings } from "./loaded-profile.ts";
import type { VerbHost } from "./output.ts";
import { prepareFilters, USUAL_CALLERS } from "./prepare-filters.ts";
import { hintOf, type Located, locate, shortened } from "./render.ts";
import { CALLER_OPTIONS, targetOf } from "./target-options.ts";
import { type Answer, defineVerb, EXIT_NO, EXIT_YES, type VerbArguments } from "./verb.ts";

export const prepare = defineVerb({
  name: "prepare",
  operands: ["PROFILE..."],
  summary: "compile and prove profiles beforehand, so that launches are faster",
  details: `Writes a file with filters beside each profile: PROFILE.ARCH.filters. A launch takes the filter for its kernel and its
capabilities from there, and compiles the profile itself if there is none. Filters are made for commands without
capabilities, for root in a container and for root, for what a command started here can come to hold, and for --caps.

Each filter is proven to be equal to the profile before it is written. A launch uses the file only for exactly this text
and version of seccomp-exec, and only if whoever could write it could also change the profile: it and its directory belong to
the profile's owner or to root, and no other user can write to them. So run this again when the profile, the kernel or
seccomp-exec has changed. It prints the warnings about the profile. A launch with the prepared filter repeats only those about
keys that no format knows and about arguments that a rule compares twice: the filter may let through what was to be denied.`,
  // Only an executable for the other architecture could use filters for it.
  options: CALLER_OPTIONS,
  exits: { yes: "all files are written and will be used", no: "otherwise" },
  example: "seccomp-exec prepare ./profile.json",
  run,
});

function run(host: VerbHost, { options, operands }: VerbArguments<typeof CALLER_OPTIONS>): Answer {
  const target = targetOf(host, options, 0n);
  const status = processStatus(host);
  const callers = [...USUAL_CALLERS, attainable(status, status.noNewPrivs), target.caps];
  const done = operands.map((reference) => {
    const loaded = loadForVerb(host, reference, options);
    if (loaded.kind === "unreadable") {
      sayFindings(host, loaded, loaded.diagnostics);
      return false;
    }
    const { label, read, profile } = loaded;
    if (profile.origin.kind !== "file") {
      const why = profile.origin.kind === "builtin" ? "is compiled in, with its filters" : "is not a file";
      throw new Refusal(`${label} ${why}`, "name a file: its filters are written beside it");
    }
    const { path } = profile.origin;
    const tell = (one: Diagnostic): Saying => sayingOf(locate(loaded.reading, label, one));
    const { filters, diagnostics } = prepareFilters(
      read,
      label,
      target,
      callers,
      options["--wide-arguments"],
      tell,
    );
    sayFindings(host, loaded, diagnostics);
    if (filters === undefined) {
      host.write(2, `seccomp-exec: error: ${label} is not prepared, since no launch would use it\n`);
      return false;
    }
    const part = profile.part === undefined ? "" : PART + encodeBytes(profile.part);
    const suffix = part + preparedSuffix(filters.arch);
    const written = `${path}${suffix}`;
    write(host, written, encodeBytes(formatPrepared(host, profile.text, filters)));
    checkUse(host, path, suffix);
    host.write(
      1,
      `${decodeBytes(written)}: ${counted(filters.filters.length)}, proven equal to the profile\n`,
    );
    return true;
  });
  return done.every(Boolean) ? EXIT_YES : EXIT_NO;
}

/** A finding as a launch says it. */
function sayingOf({ diagnostic, position }: Located): Saying {
  const hint = hintOf(diagnostic);
  return {
    ...(position === undefined ? {} : { at: `${position.line}:${position.column}` }),
    message: shortened(diagnostic.message),
    ...(hint === undefined ? {} : { hint }),
  };
}

function write(host: Host, path: ByteString, bytes: ByteString): void {
  const errno = host.replaceFile(path, bytes, false);
  if (errno !== 0) {
    throw new Refusal(`${decodeBytes(path)} cannot be written: ${host.errorMessage(errno)}`);
  }
}

/** Reads what was written as a launch would. */
function checkUse(host: Host, profile: ByteString, suffix: string): void {
  const seen = trustedBeside(contextOf(host, profile, suffix));
  if (seen.kind === "unusable") {
    throw new Refusal(
      `${decodeBytes(profile)}${suffix} is written, but launches will not use it: ${seen.why}`,
      "keep the profile in a directory of its owner's or root's where no other user can write",
    );
  }
}

function counted(filters: number): string {
  return filters === 1 ? "1 filter" : `${filters} filters`;
}
