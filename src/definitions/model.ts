/**
 * What the formats of task definitions have in common: tasks, how they are started, and what confines them.
 */

import type { DiagnosticCode, Severity } from "../diagnostic.ts";
import type { ListValue, MapValue, Place, Scalar } from "./value.ts";

/** What was read of one file. */
export interface Definition {
  /** For people: "Marathon app". */
  readonly kind: string;
  readonly tasks: readonly Task[];
  readonly findings: readonly Finding[];
}

/** Something that is wrong with a definition. */
export interface Finding {
  readonly code: DiagnosticCode;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  readonly place: Place;
}

/** A command that a scheduler starts, or a container. */
export interface Task {
  /** Its name among those of the file, for people. */
  readonly name: string;
  readonly place: Place;
  readonly start: Start;
  /** Why it is not certain that it is started like this: "but its executor starts it"; undefined: it is. */
  readonly startDoubt?: string | undefined;
  /** The variables that the definition sets; undefined: the value is known only later, for example a secret's. */
  readonly environment: ReadonlyMap<string, string | undefined>;
  /** What may set more variables, for example "env_file"; undefined: nothing. */
  readonly moreVariables?: string;
  /** The filter that the scheduler or the engine itself puts on it. */
  readonly own: OwnFilter;
  /** Whose profile directory and policy the launcher finds: those of the machine, those of an image, or of an image with the machine's directory. */
  readonly profilesOf: "machine" | "image" | "mounted";
  /** Commands that are started beside it, for example to check its health. */
  readonly beside: readonly Beside[];
}

/** How a task is started. */
export type Start =
  /** These words, as execve(2) takes them. */
  | { readonly kind: "argv"; readonly words: readonly Word[]; readonly edit: Edit }
  /** A line of /bin/sh. */
  | { readonly kind: "shell"; readonly line: string; readonly edit: Edit }
  /** By the entrypoint of the image, with these words after it if there are any, else with those of the image. */
  | { readonly kind: "image"; readonly words: readonly Word[] | undefined; readonly edit: Edit };

/** A word of a command. */
export interface Word {
  readonly text: string;
  /** Whether this is what the command gets: no variable is put in. */
  readonly literal: boolean;
}

/** Where the launcher goes. */
export type Edit =
  /** A line of a shell is replaced. */
  | { readonly kind: "line"; readonly scalar: Scalar }
  /** Words before those of a list; the first `skip` items are no words. */
  | { readonly kind: "list"; readonly list: ListValue; readonly skip?: number }
  /** Words before those of a text that is split like a shell's line, but run by no shell. */
  | { readonly kind: "split"; readonly scalar: Scalar }
  /** Mesos: the file to run, and the arguments with the command's own name. */
  | { readonly kind: "file"; readonly file: Scalar; readonly list: ListValue | undefined }
  /** A member is added to a mapping, with the launcher and the image's entrypoint as its list. */
  | {
      readonly kind: "member";
      readonly key: string;
      readonly map: MapValue;
      /** Writes a word so that the scheduler puts no variable in. */
      readonly literally: (word: string) => string;
      /** Where the words after the entrypoint are, for an image without one. */
      readonly words: Edit | undefined;
    }
  /** It cannot: why, and what to do. */
  | {
      readonly kind: "none";
      readonly why: string;
      readonly hint: string;
      /** Where the words after the entrypoint are, for an image without one. */
      readonly words?: Edit | undefined;
    };

/** The filter of the engine. */
export type OwnFilter =
  /** A profile by its name or path. */
  | {
      readonly kind: "profile";
      readonly name: string;
      readonly by: string;
      /** What names it. */
      readonly source: string;
      readonly place: Place;
      readonly where: ProfilePlace;
      /** Whether the engine may ignore it, and when. */
      readonly unless?: string;
    }
  /** The engine's default profile. */
  | { readonly kind: "default"; readonly name: string; readonly source: string }
  /** What the kubelet does if nothing is said. */
  | { readonly kind: "kubelet" }
  /** None, for certain. */
  | { readonly kind: "none"; readonly source: string }
  /** What the machine is set up to do. */
  | { readonly kind: "open"; readonly name: string; readonly profile: string; readonly source: string }
  /** The scheduler refuses the task. */
  | { readonly kind: "refused"; readonly source: string };

/** Where a profile of an engine is looked up. */
export type ProfilePlace =
  /** A name in the profile directory of Mesos. */
  | "mesos"
  /** A path below the kubelet's directory for profiles. */
  | "kubelet"
  /** A path relative to the definition. */
  | "beside"
  /** A path on the machine. */
  | "machine";

/** A command that runs beside a task. */
export interface Beside {
  /** "its health check". */
  readonly what: string;
  readonly start: Start;
  readonly place: Place;
}
