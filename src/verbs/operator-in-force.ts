/**
 * The operator's policy that a launch on this machine is bound by, for verbs.
 */

import type { Host } from "../host.ts";
import { readOperator } from "../launch/select.ts";
import { ExactReading } from "../load/exact-reading.ts";
import type { OperatorPolicy } from "../task/operator.ts";
import { checkPolicyTypes } from "../task/policy-types.ts";

/**
 * Reads it; undefined if there is none.
 *
 * @throws Refusal or InvalidInput
 */
export function operatorInForce(host: Host): OperatorPolicy | undefined {
  const reading = new ExactReading(host.jsonPlaces, undefined);
  return readOperator(host, {
    parseJson: (text, label) => reading.parseJson(text, label),
    checkPolicyTypes,
  });
}
