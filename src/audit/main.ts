/**
 * The entry of the supervisor's bundle: names and answers the denied calls of an audited command.
 */

import { ExactReading } from "../load/exact-reading.ts";
import { auditDenials } from "./audit.ts";

globalThis.main = (host) => {
  const { audited } = globalThis;
  if (audited === undefined) {
    throw new Error("this process is no supervisor");
  }
  return auditDenials(host, audited, new ExactReading(host.jsonPlaces, undefined));
};
