/**
 * Leaves a launch to the toolkit.
 */

/** For a launch in which there is something to say: the toolkit begins anew, and says it. */
export function leaveIt(): never {
  throw new Error("there is something to say");
}
