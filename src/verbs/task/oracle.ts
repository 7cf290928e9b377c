/**
 * What the launcher and the engines would do with a task, by the launcher's own functions and the files of this machine.
 */

import { decodeBytes, encodeBytes, printable } from "../../bytes.ts";
import type { Existence, LauncherAnswer, Oracle } from "../../definitions/judge.ts";
import type { ProfilePlace, Task } from "../../definitions/model.ts";
import { InvalidInput, Refusal } from "../../diagnostic.ts";
import type { ByteString } from "../../host.ts";
import { decide } from "../../launch/select.ts";
import { ENOENT } from "../../load/errno.ts";
import { ExactReading } from "../../load/exact-reading.ts";
import { loadProfile, requestedDirectory } from "../../load/load-profile.ts";
import { readYaml } from "../../profile/yaml.ts";
import { DEFAULT_PROFILE_DIR, type OperatorPolicy } from "../../task/operator.ts";
import { parseCommandLine } from "../../task/options.ts";
import { isName } from "../../task/request.ts";
import { COMMON_WORD, doubtfulVariables } from "../../task/variables.ts";
import { judgeVariables } from "../doubtful-variables.ts";
import type { VerbHost } from "../output.ts";
import { hintOf } from "../suggest.ts";
import { outcomeOf } from "../usable-profile.ts";

/** The kubelet's directory for profiles: --root-dir and `seccomp` (pkg/kubelet/kubelet.go). */
const KUBELET_DIR = "/var/lib/kubelet/seccomp";

export interface Surroundings {
  readonly host: VerbHost;
  /** The value of --profile-dir. */
  readonly directory: ByteString | undefined;
  readonly operator: OperatorPolicy | undefined;
  readonly entrypoint: readonly string[] | undefined;
  readonly seccompDefault: boolean;
  /** The names of the launcher's verbs. */
  readonly verbs: readonly string[];
}

/** @param file the definition, whose relative paths are meant */
export function oracleFor(around: Surroundings, file: ByteString): Oracle {
  return {
    launch: (args, env, profilesOf) => launcherAnswer(around, args, env, profilesOf),
    find: (name, where) => find(around, name, where, file),
    entrypoint: around.entrypoint,
    seccompDefault: around.seccompDefault,
    verbs: around.verbs,
  };
}

function launcherAnswer(
  around: Surroundings,
  args: readonly string[],
  env: ReadonlyMap<string, string | undefined>,
  profilesOf: Task["profilesOf"],
): LauncherAnswer {
  const { host } = around;
  // An image has an /etc of its own.
  const operator = profilesOf === "machine" ? around.operator : undefined;
  const reading = new ExactReading(host.jsonPlaces, undefined);
  try {
    const { kind, options } = parseCommandLine(args.map(encodeBytes));
    if (kind !== "launch") {
      throw new Refusal(`with --${kind} it does not run the command`, `leave out --${kind}`);
    }
    const names = [...env.keys()].map(encodeBytes).filter((name) => name.includes(COMMON_WORD));
    judgeVariables({ ...host, write: () => {} }, doubtfulVariables(names));
    const variable = (name: string): ByteString | undefined => {
      const value = env.get(name);
      return value === undefined ? undefined : encodeBytes(value);
    };
    const parseJson = (text: string, label: string): unknown => reading.parseJson(text, label);
    const { reference, decided, directory } = decide(variable, options, parseJson, operator);
    if (reference === undefined) {
      return { kind: "unconfined", source: decided.name };
    }
    return {
      kind: "profile",
      name: printable(decodeBytes(reference)),
      source: decided.name,
      existence: lookUp(around, reference, directory, profilesOf, operator),
    };
  } catch (error) {
    if (error instanceof Refusal) {
      return { kind: "refused", message: error.message, hint: hintOf(error) };
    }
    if (error instanceof InvalidInput) {
      return { kind: "refused", message: error.message };
    }
    throw error;
  }
}

/** Looks up a profile as the launcher does, if it can be done here. */
function lookUp(
  { host, directory: given }: Surroundings,
  reference: ByteString,
  asked: ByteString | undefined,
  profilesOf: Task["profilesOf"],
  operator: OperatorPolicy | undefined,
): Existence {
  const directory = given ?? asked ?? requestedDirectory(host.env, undefined)?.path;
  const load = (from: ByteString | undefined, wanted: ByteString) =>
    loadProfile(host, wanted, from, { asRoot: false, operator, prepared: false });
  const name = decodeBytes(reference);
  if (reference.startsWith("builtin:") || (isName(reference) && given !== undefined)) {
    return judged(host, () => load(given, reference));
  }
  if (!isName(reference)) {
    return host.probeLink(reference) === 0
      ? judged(host, () => load(undefined, reference))
      : { kind: "unknown", why: `there is no ${name} on this machine` };
  }
  if (profilesOf === "image" || host.probeLink(directory ?? DEFAULT_PROFILE_DIR) === ENOENT) {
    const place = profilesOf === "image" ? "the image" : decodeBytes(directory ?? DEFAULT_PROFILE_DIR);
    return host.builtinProfiles.includes(reference) && (profilesOf === "image" || directory === undefined)
      ? { kind: "there", label: `compiled in, unless ${place} has its own` }
      : { kind: "unknown", why: `${place} is not here; name a copy by --profile-dir` };
  }
  return judged(host, () => load(directory, reference));
}

function judged(host: VerbHost, load: () => ReturnType<typeof loadProfile>): Existence {
  let label = "";
  const outcome = outcomeOf(host, new ExactReading(host.jsonPlaces, readYaml), () => {
    const profile = load();
    label = profile.label;
    return profile;
  });
  return "policy" in outcome
    ? { kind: "there", label: printable(label) }
    : { kind: "missing", message: outcome.why.message, hint: hintOf(outcome.why) };
}

function find(
  { host, directory }: Surroundings,
  name: string,
  where: ProfilePlace,
  file: ByteString,
): Existence {
  const base =
    where === "beside"
      ? file.slice(0, file.lastIndexOf("/") + 1)
      : (directory ??
        (where === "kubelet"
          ? KUBELET_DIR
          : (requestedDirectory(host.env, undefined)?.path ?? DEFAULT_PROFILE_DIR)));
  const relative = encodeBytes(name);
  if (where === "machine" || (where === "beside" && relative.startsWith("/"))) {
    return host.probeLink(relative) === 0
      ? { kind: "there", label: printable(name) }
      : where === "machine"
        ? { kind: "unknown", why: `there is no ${printable(name)} on this machine` }
        : missing(relative);
  }
  if (where !== "beside" && host.probeLink(base) === ENOENT) {
    return directory === undefined
      ? { kind: "unknown", why: `${decodeBytes(base)} is not here; name a copy by --profile-dir` }
      : { kind: "missing", message: `the directory ${decodeBytes(base)} does not exist` };
  }
  const path = where === "beside" ? `${base}${relative}` : `${base.replace(/\/+$/, "")}/${relative}`;
  if (host.probeLink(path) !== 0) {
    return missing(path);
  }
  return { kind: "there", label: printable(decodeBytes(path)) };
}

function missing(path: ByteString): Existence {
  return { kind: "missing", message: `there is no profile ${decodeBytes(path)}` };
}
