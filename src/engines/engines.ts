/**
 * The engines that profiles can be held against.
 */

import { docker } from "./docker.ts";
import type { Engine } from "./engine.ts";
import { mesos } from "./mesos.ts";
import { oci } from "./oci.ts";

export const ENGINES: readonly Engine[] = [docker, oci, mesos];
