/**
 * The verbs of the toolkit: what is dispatched by, and what help is made of.
 */

import { check } from "./check.ts";
import { convert } from "./convert.ts";
import { helpVerb } from "./help.ts";
import type { Verb } from "./verb.ts";
import { version } from "./version.ts";

export const VERBS: readonly Verb[] = [check, convert, helpVerb(() => VERBS), version];
