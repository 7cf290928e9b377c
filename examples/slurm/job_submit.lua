-- Puts seccomp-exec in front of the interpreter of every batch script (JobSubmitPlugins=lua, on the controller).
-- A default, no boundary: steps that the script starts with srun are not the script's children.

function slurm_job_submit(job, partitions, uid)
  if job.script ~= nil then
    job.script = job.script:gsub("^#!%s*", "#!/usr/bin/env -S /usr/local/bin/seccomp-exec -- ", 1)
  end
  return slurm.SUCCESS
end

function slurm_job_modify(job, record, partitions, uid)
  return slurm.SUCCESS
end
