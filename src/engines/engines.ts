/**
 * The engines that profiles can be compared with, and the words that select them.
 */

import { docker } from "./docker.ts";
import type { Engine, EngineName } from "./engine.ts";
import { mesos } from "./mesos.ts";
import { containerd, crun, oci, runc } from "./oci.ts";
import { crio, podman } from "./podman.ts";

/** One engine for each form of a profile. */
export const ENGINES: readonly Engine[] = [docker, podman, oci, mesos];

/** The meaning of a word of `--for` and `--to`. */
export interface EngineChoice {
  /** The engines that read the file; several if it depends on the setup of a machine. */
  readonly engines: readonly Engine[];
  /** The form that all of them read. */
  readonly form: EngineName;
}

/**
 * Kubernetes passes the `localhostProfile` of a pod to its container runtime: containerd reads the form of the runtime-spec,
 * CRI-O Podman's, which includes the former.
 */
export const ENGINE_CHOICES = {
  docker: { engines: [docker], form: "docker" },
  podman: { engines: [podman], form: "podman" },
  containerd: { engines: [containerd], form: "oci" },
  "cri-o": { engines: [crio], form: "podman" },
  kubernetes: { engines: [containerd, crio], form: "oci" },
  oci: { engines: [oci], form: "oci" },
  runc: { engines: [runc], form: "oci" },
  crun: { engines: [crun], form: "oci" },
  mesos: { engines: [mesos], form: "mesos" },
} as const satisfies Readonly<Record<string, EngineChoice>>;

export type EngineChoiceName = keyof typeof ENGINE_CHOICES;

export const ENGINE_CHOICE_NAMES = Object.keys(ENGINE_CHOICES) as readonly EngineChoiceName[];
