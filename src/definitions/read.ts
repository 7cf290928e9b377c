/**
 * Reads a file of task definitions: finds out of which scheduler it is.
 */

import type { Diagnostic } from "../diagnostic.ts";
import type { JsonParser } from "../json-places.ts";
import { listed } from "../plural.ts";
import type { LineTable } from "../profile/line-table.ts";
import { isCompose, readCompose } from "./compose.ts";
import { isKubernetes, readKubernetes } from "./kubernetes.ts";
import { marathonKind, readMarathon } from "./marathon.ts";
import { mesosKind, readMesos } from "./mesos.ts";
import { isMetronome, readMetronome } from "./metronome.ts";
import type { Definition } from "./model.ts";
import { readText } from "./text/read-text.ts";
import { at, type Value } from "./value.ts";

/** A file that was read, or why not. */
export interface ReadDefinition {
  readonly definition: Definition | undefined;
  /** Errors only, if there is no definition. */
  readonly problems: readonly Diagnostic[];
  readonly lines: LineTable;
}

export function readDefinition(text: string, parse: JsonParser): ReadDefinition {
  const { roots, problems, lines } = readText(text, parse);
  const odd = ODD_TEXTS.find(({ sign }) => sign.test(text));
  if (problems.length > 0) {
    return { definition: undefined, problems: odd === undefined ? problems : [unknown(odd)], lines };
  }
  const definition = definitionOf(roots);
  return definition === undefined
    ? { definition, problems: [unknown(odd ?? likeness(roots))], lines }
    : { definition, problems: [], lines };
}

/** The definition in a text's documents; undefined if they are none. */
export function definitionOf(roots: readonly Value[]): Definition | undefined {
  const [root] = roots;
  if (root !== undefined && roots.every(isKubernetes)) {
    return readKubernetes(roots);
  }
  if (root === undefined || roots.length > 1) {
    return undefined;
  }
  if (isCompose(root)) {
    return readCompose(root);
  }
  if (isMetronome(root)) {
    return readMetronome(root);
  }
  const mesos = mesosKind(root);
  if (mesos !== undefined) {
    return readMesos(root, mesos);
  }
  const marathon = marathonKind(root);
  return marathon === undefined ? undefined : readMarathon(root, marathon);
}

interface Likeness {
  readonly what: string;
  readonly hint: string;
}

const KINDS =
  "read are Marathon apps, groups and pods, Metronome jobs, Mesos tasks and task groups, Docker Compose files, and Kubernetes manifests";

/** Texts that are no JSON and no YAML, or not yet, by their signs. */
const ODD_TEXTS: readonly (Likeness & { readonly sign: RegExp })[] = [
  {
    sign: /^\s*\{\{|:\s+\{\{/m,
    what: "looks like a template",
    hint: "render it first, for example by helm template",
  },
  {
    sign: /^FROM\s+\S/m,
    what: "looks like a Dockerfile",
    hint: "docs/containers.md says how an image starts with the launcher",
  },
];

/** What a text that is none of them looks like. */
function likeness(roots: readonly Value[]): Likeness {
  const [root] = roots;
  if (root === undefined) {
    return { what: "is empty", hint: KINDS };
  }
  if (roots.length > 1) {
    return { what: `has ${roots.length} documents, of which not all are Kubernetes objects`, hint: KINDS };
  }
  if (at(root, "defaultAction") !== undefined || at(root, "syscalls") !== undefined) {
    return { what: "looks like a seccomp profile", hint: "seccomp-exec check reads profiles" };
  }
  if (at(root, "ociVersion") !== undefined) {
    return {
      what: "looks like the config.json of an OCI runtime",
      hint: "seccomp-exec check reads its profile",
    };
  }
  const keys = root.kind === "map" ? root.members.map(({ key }) => `'${key}'`) : [];
  const what =
    root.kind === "map"
      ? keys.length === 0
        ? "is an empty object"
        : `has the keys ${listed(keys, 5)}`
      : `is ${root.kind === "list" ? "a list" : "a text"}`;
  return { what, hint: KINDS };
}

function unknown({ what, hint }: Likeness): Diagnostic {
  return {
    code: "task-unknown-kind",
    severity: "error",
    message: `this is no task definition: it ${what}`,
    hint,
    position: { line: 1, column: 1 },
  };
}
