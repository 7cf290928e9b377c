/**
 * The verbs of the toolkit, for dispatch and for help.
 */

import { check } from "./check.ts";
import { checkPolicy } from "./check-policy.ts";
import { compile, disasm } from "./compile.ts";
import { convert } from "./convert.ts";
import { denials } from "./denials.ts";
import { diff } from "./diff.ts";
import { explain } from "./explain.ts";
import { helpVerb } from "./help.ts";
import { inspect } from "./inspect.ts";
import { list } from "./list.ts";
import { manifest } from "./manifest.ts";
import { merge } from "./merge.ts";
import { prepare } from "./prepare.ts";
import { record } from "./record.ts";
import { simulate } from "./simulate.ts";
import { status } from "./status.ts";
import { taskVerb } from "./task.ts";
import type { Verb } from "./verb.ts";
import { verify } from "./verify.ts";
import { version } from "./version.ts";

export const VERBS: readonly Verb[] = [
  check,
  checkPolicy,
  inspect,
  explain,
  simulate,
  diff,
  compile,
  disasm,
  verify,
  prepare,
  convert,
  merge,
  record,
  denials,
  list,
  manifest,
  status,
  taskVerb(() => VERBS),
  helpVerb(() => VERBS),
  version,
];
