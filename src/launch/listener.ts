/**
 * Decides which seccomp agent gets the listener of a filter with the verdict NOTIFY: only the command line, the operator's policy and
 * the profile name its Unix socket.
 */

import { decodeBytes, encodeBytes } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ByteString } from "../host.ts";
import type { Policy } from "../policy/policy.ts";
import { keyOfPolicy, type OperatorPolicy, POLICY_FILE } from "../task/operator.ts";
import type { GivenOptions } from "../task/options.ts";

/** The agent that gets the listener. */
export interface Agent {
  /** The path of its Unix socket. */
  readonly path: ByteString;
  /** What names it: an option, a key of the operator's policy, or of the profile. */
  readonly source: string;
  /** `listenerMetadata` of the profile. */
  readonly metadata: string | undefined;
}

/** Whether a launch has an agent also for a profile that names none. */
export function listenerNamed(options: GivenOptions, operator: OperatorPolicy | undefined): boolean {
  return options["--listener"] !== undefined || operator?.listener !== undefined;
}

/** Whether a filter without notifications, or one whose profile names a socket that a launch accepts. */
export function namesListener({ listener }: Pick<Policy, "listener">): boolean {
  return listener === undefined || listener.path?.startsWith("/") === true;
}

/**
 * The agent of a filter; undefined if the filter notifies nobody.
 *
 * @param label of the profile
 * @throws Refusal
 */
export function chooseAgent(
  { listener }: Pick<Policy, "listener">,
  options: GivenOptions,
  operator: OperatorPolicy | undefined,
  label: string,
): Agent | undefined {
  if (listener === undefined) {
    return undefined;
  }
  if (options["--audit"] !== undefined) {
    throw new Refusal(
      `--audit: ${label} has SCMP_ACT_NOTIFY, whose agent needs the listener that the audit needs, and a filter has only one`,
      "leave out --audit, and have the agent name the calls that it denies",
    );
  }
  const own = listener.path === undefined ? undefined : encodeBytes(listener.path);
  const ofOperator = operator?.listener === undefined ? undefined : encodeBytes(operator.listener);
  if (ofOperator !== undefined && own !== undefined && own !== ofOperator) {
    throw new Refusal(
      `'listenerPath' of ${label} is '${listener.path}', but the operator's policy (${POLICY_FILE}) sets 'listener' to '${operator?.listener}'`,
      "remove 'listenerPath', or name the same socket",
    );
  }
  const { metadata } = listener;
  if (ofOperator !== undefined) {
    return checked({ path: ofOperator, source: keyOfPolicy("listener"), metadata });
  }
  const given = options["--listener"];
  if (given !== undefined) {
    return checked({ path: given, source: "--listener", metadata });
  }
  if (own === undefined) {
    throw new Error("a filter notifies, and nobody is named");
  }
  return checked({ path: own, source: `'listenerPath' of ${label}`, metadata });
}

/** The room for a path in `struct sockaddr_un`, less its NUL: unix(7). */
const MAX_PATH = 107;

function checked(agent: Agent): Agent {
  const { path, source } = agent;
  if (path.length > MAX_PATH) {
    throw new Refusal(
      `${source}: the path of the socket has ${path.length} bytes; that of a Unix socket has at most ${MAX_PATH}`,
    );
  }
  if (path === "" || path.includes("\0")) {
    throw new Refusal(`${source}: '${decodeBytes(path)}' is not the path of a socket`, "name a Unix socket");
  }
  return agent;
}
