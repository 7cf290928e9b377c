/*
 * A SPANK plug-in that puts seccomp-exec in front of every task of the node, batch scripts included.
 *
 *   cc -shared -fPIC -o seccomp_exec.so seccomp_exec.c      once per version of Slurm; needs its slurm/spank.h
 *
 * It skips Slurm's next steps for a task: TaskProlog, srun --task-prolog, a TMPDIR if there is none. A step with
 * srun --multi-prog fails, since a plug-in does not get its commands.
 *
 * It does not confine srun --task-epilog, and the login files that sbatch --get-user-env runs. The launcher in front of
 * slurmd does.
 */
#include <slurm/spank.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

SPANK_PLUGIN(seccomp_exec, 1);

static const struct {
  const char *name;
  int resource;
} LIMITS[] = {
    {"SLURM_RLIMIT_AS", RLIMIT_AS},         {"SLURM_RLIMIT_CORE", RLIMIT_CORE},
    {"SLURM_RLIMIT_CPU", RLIMIT_CPU},       {"SLURM_RLIMIT_DATA", RLIMIT_DATA},
    {"SLURM_RLIMIT_FSIZE", RLIMIT_FSIZE},   {"SLURM_RLIMIT_MEMLOCK", RLIMIT_MEMLOCK},
    {"SLURM_RLIMIT_NOFILE", RLIMIT_NOFILE}, {"SLURM_RLIMIT_NPROC", RLIMIT_NPROC},
    {"SLURM_RLIMIT_RSS", RLIMIT_RSS},       {"SLURM_RLIMIT_STACK", RLIMIT_STACK},
};

/* Sets the submitter's limits, which Slurm would set last. */
static void set_limits(spank_t spank) {
  char value[32];
  struct rlimit limit;
  for (size_t i = 0; i < sizeof LIMITS / sizeof *LIMITS; i++) {
    if (spank_getenv(spank, LIMITS[i].name, value, sizeof value) || getrlimit(LIMITS[i].resource, &limit)) {
      continue;
    }
    rlim_t wanted = strtoull(value, NULL, 10);
    limit.rlim_cur = wanted < limit.rlim_max ? wanted : limit.rlim_max;
    setrlimit(LIMITS[i].resource, &limit);
    spank_unsetenv(spank, LIMITS[i].name);
  }
}

/* Called in the process that is about to become the task, as its user. */
int slurm_spank_task_init(spank_t spank, int ac, char **av) {
  int argc;
  char **argv, **env;
  if (ac != 1) {
    slurm_error("seccomp_exec.so: plugstack.conf has to name the launcher");
    return -1;
  }
  set_limits(spank);
  if (spank_get_item(spank, S_JOB_ARGV, &argc, &argv) || spank_get_item(spank, S_JOB_ENV, &env)) {
    slurm_error("seccomp_exec.so: Slurm does not tell the command");
    return -1;
  }
  char **launch = calloc(argc + 3, sizeof *launch);
  if (launch != NULL) {
    launch[0] = av[0];
    launch[1] = "--";
    for (int i = 0; i < argc; i++) {
      launch[i + 2] = argv[i];
    }
    execve(av[0], launch, env);
  }
  slurm_error("seccomp_exec.so: cannot run %s: %m", av[0]);
  return -1;
}
