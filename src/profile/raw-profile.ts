/**
 * A profile's JSON value after validation by the schema, and the keys of all formats.
 */

import type { ActionName, FlagName, OperatorName } from "./profile.ts";

/** A JSON value that is valid by the schema. */
export interface RawProfile {
  defaultAction: ActionName;
  defaultErrnoRet?: number | null;
  defaultErrno?: string | null;
  archMap?: RawArchMapEntry[] | null;
  architectures?: string[] | null;
  flags?: FlagName[] | null;
  listenerPath?: string | null;
  listenerMetadata?: string | null;
  syscalls?: RawRule[] | null;
}

export interface RawArchMapEntry {
  architecture: string;
  subArchitectures?: string[] | null;
}

export interface RawRule {
  name?: string | null;
  names?: string[] | null;
  action: ActionName;
  errnoRet?: number | null;
  errno?: string | null;
  args?: RawCondition[] | null;
  includes?: RawSelector | null;
  excludes?: RawSelector | null;
}

export interface RawCondition {
  index: number;
  value: number;
  valueTwo?: number | null;
  op: OperatorName;
}

export interface RawSelector {
  caps?: string[] | null;
  arches?: string[] | null;
  minKernel?: string | null;
}

export const PROFILE_KEYS = [
  "defaultAction",
  "defaultErrnoRet",
  "defaultErrno",
  "archMap",
  "architectures",
  "flags",
  "listenerPath",
  "listenerMetadata",
  "syscalls",
  "comment",
  "$schema",
];
export const RULE_KEYS = [
  "name",
  "names",
  "action",
  "errnoRet",
  "errno",
  "args",
  "comment",
  "includes",
  "excludes",
];
export const CONDITION_KEYS = ["index", "value", "valueTwo", "op"];
export const SELECTOR_KEYS = ["caps", "arches", "minKernel"];
export const ARCH_MAP_KEYS = ["architecture", "subArchitectures"];

/** Every key of any format. */
export const PROFILE_VOCABULARY: readonly string[] = [
  ...PROFILE_KEYS,
  ...RULE_KEYS,
  ...CONDITION_KEYS,
  ...SELECTOR_KEYS,
  ...ARCH_MAP_KEYS,
];
