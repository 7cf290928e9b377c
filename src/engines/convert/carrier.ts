/**
 * What each engine can express of a profile, and in which words.
 */

import type { Verdict } from "../../policy/verdict.ts";
import { actionOf } from "../../policy/verdict.ts";
import mesosSchema from "../../profile/schema/mesos.schema.json" with { type: "json" };
import type { Architecture } from "../../tables/architectures.ts";
import { capabilityBit } from "../../tables/capabilities.ts";
import { EPERM } from "../../tables/errnos.ts";
import {
  SECCOMP_RET_DATA,
  SECCOMP_RET_ERRNO,
  SECCOMP_RET_KILL_PROCESS,
  SECCOMP_RET_LOG,
  SECCOMP_RET_TRACE,
  SECCOMP_RET_USER_NOTIF,
} from "../../tables/seccomp.ts";
import { syscallId } from "../../tables/syscalls.ts";
import { docker, dockerArchWord } from "../docker.ts";
import type { Engine, EngineName } from "../engine.ts";
import { isKnownToMesos, mesos, mesosArchWord } from "../mesos.ts";
import { oci } from "../oci.ts";
import { podman, podmanArchWord } from "../podman.ts";
import { isKnownToRunc, MAX_LIBSECCOMP_ERRNO } from "../runtime.ts";

/** Why a verdict cannot be expressed, and a possible replacement. */
export interface Compromise {
  readonly why: string;
  /** A verdict that is at least as restrictive; undefined if there is none. */
  readonly instead: Verdict | undefined;
}

export interface Carrier {
  readonly engine: Engine;
  /** Whether rules keep `includes` and `excludes`; else they are resolved for one machine. */
  readonly selectors: boolean;
  /** Whether these can have `minKernel`. */
  readonly kernels: boolean;
  /** Whether the file can have a rule with the default action. */
  readonly defaultRules: boolean;
  /** Whether there is a list of flags. */
  readonly flags: boolean;
  /** Whether there are `listenerPath` and `listenerMetadata`. */
  readonly listener: boolean;
  knowsName(name: string): boolean;
  knowsCap(name: string): boolean;
  knowsArch(arch: Architecture): boolean;
  /** Its word for an architecture in `arches`. */
  archWord(arch: Architecture): string | undefined;
  /** Undefined if the engine can express the verdict. */
  compromise(verdict: Verdict): Compromise | undefined;
}

const RUNTIME = {
  defaultRules: true,
  flags: true,
  listener: true,
  knowsName: (name: string): boolean => syscallId(name) >= 0,
  knowsCap: (name: string): boolean => capabilityBit(name) >= 0,
  knowsArch: isKnownToRunc,
  compromise: (verdict: Verdict): Compromise | undefined =>
    actionOf(verdict) === SECCOMP_RET_ERRNO && (verdict & SECCOMP_RET_DATA) > MAX_LIBSECCOMP_ERRNO
      ? { why: `libseccomp takes errnos up to ${MAX_LIBSECCOMP_ERRNO}`, instead: undefined }
      : undefined,
};

const { definitions: ofMesos } = mesosSchema;

export const CARRIERS: Readonly<Record<EngineName, Carrier>> = {
  docker: { ...RUNTIME, engine: docker, selectors: true, kernels: true, archWord: dockerArchWord },
  podman: { ...RUNTIME, engine: podman, selectors: true, kernels: false, archWord: podmanArchWord },
  oci: { ...RUNTIME, engine: oci, selectors: false, kernels: false, archWord: () => undefined },
  mesos: {
    engine: mesos,
    selectors: true,
    kernels: false,
    defaultRules: false,
    flags: false,
    listener: false,
    knowsName: isKnownToMesos,
    knowsCap: (name) => ofMesos.capability.enum.includes(name),
    knowsArch: ({ scmp }) => ofMesos.architecture.enum.includes(scmp),
    archWord: mesosArchWord,
    compromise: mesosCompromise,
  },
};

function mesosCompromise(verdict: Verdict): Compromise | undefined {
  const data = verdict & SECCOMP_RET_DATA;
  switch (actionOf(verdict)) {
    case SECCOMP_RET_ERRNO:
      return data === EPERM
        ? undefined
        : { why: "Mesos always answers EPERM", instead: SECCOMP_RET_ERRNO | EPERM };
    case SECCOMP_RET_TRACE:
      return data === EPERM ? undefined : { why: "Mesos always tells a tracer 1", instead: undefined };
    case SECCOMP_RET_USER_NOTIF:
      return { why: "Mesos has no SCMP_ACT_NOTIFY", instead: SECCOMP_RET_ERRNO | EPERM };
    case SECCOMP_RET_LOG:
      return { why: "Mesos has no SCMP_ACT_LOG", instead: undefined };
    case SECCOMP_RET_KILL_PROCESS:
      return { why: "Mesos can end the thread only (SCMP_ACT_KILL)", instead: undefined };
    default:
      return undefined;
  }
}
