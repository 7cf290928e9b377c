/**
 * What the toolkit injects into a launch: exact reading, and reports of everything unusual.
 */

import type { Diagnostic } from "../diagnostic.ts";
import { ADVISER } from "../failures/explain-command.ts";
import { explainInstallFailure } from "../failures/install-failure.ts";
import { auditing, notifyingExec, programOf, unnamed } from "../launch/auditing.ts";
import { checkExec } from "../launch/check-exec.ts";
import { compiledFilter } from "../launch/compile-profile.ts";
import type { LaunchTools } from "../launch/plan.ts";
import { flagMasks } from "../lint/flag-masks.ts";
import type { ExactReading } from "../load/exact-reading.ts";
import { readPolicy } from "../policy/read-policy.ts";
import type { Profile } from "../profile/profile.ts";
import { checkPolicyTypes } from "../task/policy-types.ts";

/**
 * @param report prints the warnings about the text with a label
 * @param doubtful as {@link LaunchTools.doubtful}
 * @param audit as {@link LaunchTools.audit}
 */
export function thoroughTools(
  reading: ExactReading,
  report: (label: string, warnings: readonly Diagnostic[]) => void,
  doubtful: LaunchTools["doubtful"],
  audit: LaunchTools["audit"],
): LaunchTools {
  let last: Profile | undefined;
  return {
    parseJson: (text, label) => reading.parseJson(text, label),
    checkPolicyTypes,
    compiler: { compiledFilter, checkExec, programOf, auditing, unnamed, notifyingExec },
    adviser: ADVISER,
    installFailure: explainInstallFailure,
    checkAuditable: () => {},
    readPolicy: (profile, target, options, lap) => {
      const read = reading.readProfile(profile, () => lap("JSON"));
      lap("validation");
      last = read.profile;
      return readPolicy(read, target, options);
    },
    doubtful,
    warn: ({ label }, warnings) => report(label, warnings),
    examine: ({ label }, policy, target) => {
      if (last !== undefined) {
        const found = flagMasks({ profile: last, policy, installed: policy, target, engines: [] });
        report(label, [...found]);
      }
    },
    audit,
  };
}
