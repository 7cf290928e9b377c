/** The text of bench/RESULTS.md. */

import { shownCommand } from "./command-line.ts";
import { sizeRows, timeRows } from "./launch-tables.ts";
import type { LaunchRun } from "./launches.ts";
import type { Shipped, ShippedFilter } from "./shipped.ts";
import { renderMarkdown } from "./statistics.ts";

/** All that is published. */
export interface Results {
  readonly run: LaunchRun;
  readonly shipped: Shipped;
  /** Microseconds a stage of a launch. */
  readonly stages: readonly (readonly string[])[];
  /** What `syscalls.ts` printed. */
  readonly calls: string;
  /** What `supervision.ts` printed. */
  readonly supervision: string;
  /** The file with the plot. */
  readonly plot: string;
  /** How the page was made. */
  readonly command: string;
}

/** The page. */
export function resultsPage({ run, shipped, stages, calls, supervision, plot, command }: Results): string {
  const { machine, options } = run;
  return `What one run of \`make bench\` measured. The page is written by it; [README.md](README.md) says how it measures and
how to read it.

# Setting

${list([
  ...Object.entries(machine).map(([name, value]) => `${name}: ${value}`),
  `date: ${run.began.toISOString().slice(0, 16).replace("T", " ")} UTC`,
  `made by: \`${command}\``,
  `profile: ${run.profile}${options.caps === undefined ? "" : `, with capabilities ${options.caps}`}`,
  `versions: ${run.versions.join("; ")}`,
  ...(run.missing.length === 0 ? [] : [`left out: ${run.missing.join("; ")}`]),
])}
The load is the mean of the minute before the run. On a machine that does other work the times are larger.

# Launch cost

![Launch cost of each launcher on a logarithmic scale](${plot})

All launchers start the same static program, which ends at once. They take turns in ${options.rounds} rounds, in an order that is
shuffled anew each round. The slow ones take part in each ${options["slow-every"]}th round only, Docker in others than the rest. Launch
cost is the median wall time less the median of the bare static exec. The processor time is that of the process that is
started and of those that it has waited for.

${renderMarkdown(timeRows(run))}
\`of libseccomp\` compares the launch cost with that of the C program that builds the filter with libseccomp as runc does,
\`of ready filter\` with that of the C program that has nothing to do but to install it: the physical limit.

# What is not comparable

${list(NOT_COMPARABLE)}
# Where our time goes

Microseconds from the executable's \`main\` to the call that installs the filter, as \`seccomp-exec --timing\` tells: medians
of 200 launches. What the kernel does to start the executable comes before that. QuickJS was started and the bytecode loaded when
the executable was built; what is left of that is the first row.

${renderMarkdown(stages)}
# What a call costs under a filter

\`\`\`
${calls.trimEnd()}
\`\`\`

# What naming denied calls and recording cost

\`\`\`
${supervision.trimEnd()}
\`\`\`

# Memory, size, filter

The peak is that of the launcher before it becomes the command. Of launchers that do not become it (those without a figure
for system calls) it is that of the largest of their processes, as \`wait4\` counts it. The file is the launcher's
executable, without its shared libraries. The lengths of the filters are what the kernel holds for the command; where there
are several, all of them run.

${renderMarkdown(sizeRows(run))}
${run.remarks.length === 0 ? "" : `${run.remarks.join("\n")}\n`}
# The shipped profiles

Resolved for a process without capabilities on Linux ${shipped.kernel}. Where programs of several architectures run on a machine, the
filter covers all of them.

Instructions of the filter: ours / libseccomp ${shipped.libseccomp ?? "(not installed)"}, the shorter of its two forms. A dash: libseccomp does not know
an architecture. Ours also answer calls that are younger than the profile with ENOSYS, which libseccomp's do not, and
where libseccomp leaves something out its filter means less; \`npx tsx bench/sizes.ts\` tells.

${renderMarkdown(shippedRows(shipped, ({ ours, libseccomp }) => `${ours} / ${libseccomp ?? "-"}`))}
Milliseconds to compile it in QuickJS: medians of ${shipped.rounds} figures, each of ${shipped.repetitions} compilations.
Reading and resolving the profile are not in it.

${renderMarkdown(shippedRows(shipped, ({ compileMs }) => compileMs.toFixed(2)))}
# Commands

What is started for each row. ID is the name of a container; \`build/out/bench/enter\` opens a file for bubblewrap, and
enters mounts that crun accepts.

${renderMarkdown(commandRows(run), "left")}`;
}

const NOT_COMPARABLE = [
  "The bare static exec and the ready filter have musl, as ours: a static program with glibc asks the processor many questions when it starts, which in a virtual machine take longer than all the rest (docs/decisions/0009-musl.md). The row with glibc says how long.",
  "The prepared profile file was compiled before: the launch takes the filter from the file that `seccomp-exec prepare` wrote. The profiles that are compiled in are prepared too.",
  "Ours, the C programs and Node become the command. The others stay beside it and wait for its end.",
  "The ready filter and bubblewrap get a finished filter, so nobody reads a profile; the C program with libseccomp has its rules compiled in, so it reads no JSON.",
  "bubblewrap makes a namespace of mounts and binds the whole root there, which it cannot leave out. It needs the filter on an open descriptor; the wrapper that opens it has a row of its own.",
  "firejail makes namespaces of mounts and processes and many mounts, and sleeps for 20 ms before it looks whether the command has ended. Its own list forbids some calls and allows the rest. With the profile's names it allows those that it knows, whatever their arguments.",
  "runc and crun make a container: namespaces of mounts and processes, cgroups, a root of its own with /proc and /dev. The row without a filter says what that costs; the difference of the two is the cost of the profile.",
  "crun 1.8 does not start where cgroup v2 is mounted beside v1. There it runs in mounts without it, which were made beforehand; entering them has a row of its own.",
  "docker run asks an engine, which runs containerd and runc, and mounts an image; its default profile is that of its version, resolved for the capabilities of a container, and not the one of the other rows.",
  "Node installs no filter: its row is what a launcher in Node costs before it has one.",
];

function commandRows({ results }: LaunchRun): string[][] {
  return [
    ["launcher", "command"],
    ...results.map(({ name, command }) => [name, `\`${shownCommand(command)}\``]),
  ];
}

function shippedRows(shipped: Shipped, show: (filter: ShippedFilter) => string): string[][] {
  return [
    ["architecture", ...shipped.profiles],
    ...[...shipped.filters].map(([arch, filters]) => [arch, ...filters.map(show)]),
  ];
}

function list(items: readonly string[]): string {
  return items.map((item) => `* ${item}\n`).join("");
}
