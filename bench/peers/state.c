// A command that prints the process state that it was started with, as one flat JSON object of strings.

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

extern char **environ;

static void status_fields(void) {
  static const char *const wanted[] = {"SigBlk", "SigIgn", "SigPnd", "ShdPnd", "NoNewPrivs", "Seccomp",
                                       "CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb", "Umask"};
  FILE *file = fopen("/proc/self/status", "re");
  char line[512];
  while (file != NULL && fgets(line, sizeof line, file) != NULL) {
    char *colon = strchr(line, ':');
    if (colon == NULL) continue;
    line[strcspn(line, "\n")] = 0;
    *colon = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
      if (strcmp(line, wanted[i]) == 0)
        printf("\"%s\": \"%s\",\n", line, colon + 1 + strspn(colon + 1, " \t"));
  }
  if (file != NULL) fclose(file);
}

static void limits(void) {
  static const char *const names[] = {"CPU",     "FSIZE", "DATA",       "STACK",    "CORE", "RSS",
                                      "NPROC",   "NOFILE", "MEMLOCK",   "AS",       "LOCKS", "SIGPENDING",
                                      "MSGQUEUE", "NICE", "RTPRIO",     "RTTIME"};
  for (int i = 0; i < 16; i++) {
    struct rlimit limit;
    if (getrlimit(i, &limit) != 0) continue;
    printf("\"RLIMIT_%s\": \"%lld:%lld\",\n", names[i], (long long)limit.rlim_cur, (long long)limit.rlim_max);
  }
}

static void descriptors(void) {
  DIR *directory = opendir("/proc/self/fd");
  struct dirent *entry;
  int open_ones[256], count = 0;
  while (directory != NULL && (entry = readdir(directory)) != NULL && count < 256)
    if (entry->d_name[0] != '.' && atoi(entry->d_name) != dirfd(directory)) open_ones[count++] = atoi(entry->d_name);
  if (directory != NULL) closedir(directory);
  printf("\"descriptors\": \"");
  for (int i = 0; i < count; i++)
    printf("%s%d%s", i ? " " : "", open_ones[i], fcntl(open_ones[i], F_GETFL) & O_NONBLOCK ? "(nonblocking)" : "");
  printf("\",\n");
}

int main(void) {
  char directory[PATH_MAX];
  const char *expected = getenv("BENCH_PID");
  unsigned long long hash = 14695981039346656037ull;  // FNV-1a
  for (char **variable = environ; *variable != NULL; variable++)
    if (strncmp(*variable, "BENCH_PID=", 10) != 0)
      for (const char *byte = *variable;; byte++) {
        hash = (hash ^ (unsigned char)*byte) * 1099511628211ull;
        if (*byte == 0) break;
      }
  printf("{\n");
  descriptors();
  status_fields();
  limits();
  printf("\"environment\": \"%016llx\",\n", hash);
  printf("\"directory\": \"%s\",\n", getcwd(directory, sizeof directory) != NULL ? directory : "");
  printf("\"nice\": \"%d\",\n", getpriority(PRIO_PROCESS, 0));
  printf("\"timer slack\": \"%d\",\n", prctl(PR_GET_TIMERSLACK));
  printf("\"same process\": \"%s\"\n}\n", expected != NULL && atoi(expected) == getpid() ? "yes" : "no");
  return 0;
}
