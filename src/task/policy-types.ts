/**
 * Checks the types of an operator's policy, and reports all mistakes.
 */

import { InvalidInput } from "../diagnostic.ts";
import { schemaDiagnostics } from "../profile/schema-errors.ts";
import validatePolicy from "./generated/validate-policy.js";
import { POLICY_FILE, type PolicyTypeCheck } from "./operator.ts";

/** A {@link PolicyTypeCheck}. */
export const checkPolicyTypes: PolicyTypeCheck = (value) => {
  if (!validatePolicy(value)) {
    throw new InvalidInput(POLICY_FILE, schemaDiagnostics(validatePolicy.errors ?? [], value, ""));
  }
};
