-- Makes srun refuse a command without seccomp-exec (CliFilterPlugins=lua, on the hosts where users submit).
-- A default, no boundary: it runs in the user's own srun, with the slurm.conf that the user's environment names.

function slurm_cli_pre_submit(options, component)
  if options["type"] == "srun" and not tostring(options["argv"][1]):match("/seccomp%-exec$") then
    slurm.log_error("put the launcher in front of the command: srun ... /usr/local/bin/seccomp-exec -- COMMAND")
    return slurm.ERROR
  end
  return slurm.SUCCESS
end

function slurm_cli_setup_defaults(options, early)
  return slurm.SUCCESS
end

function slurm_cli_post_submit(offset, job, step)
  return slurm.SUCCESS
end
