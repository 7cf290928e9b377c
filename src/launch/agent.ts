/**
 * Launches a command under a filter whose notifications go to a seccomp agent, which gets the listener before the command starts.
 */

import { decodeBytes, printable } from "../bytes.ts";
import { Refusal } from "../diagnostic.ts";
import type { ExecRequest, Host, InstallFailure } from "../host.ts";
import { SECCOMP_FILTER_FLAG_TSYNC } from "../tables/seccomp.ts";
import { checkListeners } from "./audit.ts";
import type { Agent } from "./listener.ts";
import type { Filter, LaunchTools } from "./plan.ts";

/** Hexadecimal digits that a number holds exactly: 52 bits. */
const DIGITS_OF_MARK = 13;

/** The version of the runtime-spec that {@link processState} follows. */
const OCI_VERSION = "1.2.0";

/**
 * Becomes the command.
 *
 * @returns why there is no command
 * @throws Refusal if the filter gets too long, or this kernel has no listeners
 */
export function launchWithAgent(
  host: Host,
  request: ExecRequest,
  filter: Filter,
  agent: Agent,
  tools: LaunchTools,
): InstallFailure {
  checkListeners(host, "SCMP_ACT_NOTIFY");
  const { path, metadata } = agent;
  const shown = printable(decodeBytes(path));
  // The agent answers whatever is notified, also an execve that the profile denies: the command must not know the mark.
  const mark = Number.parseInt(host.randomDigits().slice(0, DIGITS_OF_MARK), 16);
  if (mark === 0) {
    throw new Refusal("the kernel provides no random numbers, which a launch with a seccomp agent needs");
  }
  return host.launchWithAgent({
    ...request,
    filter: tools.compiler.notifyingExec(tools.compiler.programOf(filter), host.arch, mark),
    mark,
    socket: path,
    state: processState(host.pid(), host.randomDigits(), metadata),
    sendFailed: `the listener cannot be sent to ${shown}`,
  });
}

/**
 * The flags of a filter with an agent. The thread that hands the listener over must not get the filter, and no other thread is there
 * for which TSYNC could matter.
 */
export function agentFlags(flags: number): number {
  return flags & ~SECCOMP_FILTER_FLAG_TSYNC;
}

/**
 * The container process state of the runtime-spec (config-linux.md, "The Container Process State"). There is no container, so the id
 * is made for this launch, and the bundle is the root directory (docs/decisions/0022-seccomp-agents.md).
 *
 * @param random tells this launch from others with the same process id
 */
export function processState(pid: number, random: string, metadata: string | undefined): string {
  return JSON.stringify({
    ociVersion: OCI_VERSION,
    fds: ["seccompFd"],
    pid,
    metadata,
    state: {
      ociVersion: OCI_VERSION,
      id: `seccomp-exec-${pid}-${random}`,
      status: "creating",
      pid,
      bundle: "/",
    },
  });
}
