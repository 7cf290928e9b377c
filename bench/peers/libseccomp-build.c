// The peer that container runtimes embody: a launcher that builds the filter with libseccomp, rule by rule.
//
// The rules are a table in `libseccomp-rules.h`, which the benchmark writes from the profile before it compiles
// this file, so nothing is parsed here. Every name of every rule is one `seccomp_rule_add_array`, the way runc's
// libcontainer/seccomp/seccomp_linux.go does it; runc's own ENOSYS prelude is left out.
//
//     libseccomp-build [--native] LEVEL COMMAND [ARG...]    build, load, exec
//     libseccomp-build [--native] --export FILE LEVEL       build, write the filter to FILE, print its length
//     libseccomp-build --version                            print the library's version
//
// LEVEL is SCMP_FLTATR_CTL_OPTIMIZE: 1 is a linear filter, the library's default; 2 a binary tree, which runc and
// systemd choose for long lists. With --native the filter is for the native architecture only.

#include <errno.h>
#include <fcntl.h>
#include <seccomp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct rule {
  const char *name;
  uint32_t action;
  unsigned int count;
  struct scmp_arg_cmp args[6];
};

// Defines `default_action`, `architectures` and `rules`.
#include "libseccomp-rules.h"

static void check(int result, const char *what) {
  if (result == 0) return;
  fprintf(stderr, "libseccomp-build: %s: %s\n", what, strerror(-result));
  exit(125);
}

static scmp_filter_ctx build(uint32_t level, int native) {
  scmp_filter_ctx context = seccomp_init(default_action);
  if (context == NULL) check(-ENOMEM, "seccomp_init");
  for (size_t i = 0; !native && i < sizeof architectures / sizeof *architectures; i++) {
    int result = seccomp_arch_add(context, architectures[i]);
    if (result != -EEXIST) check(result, "seccomp_arch_add");
  }
  check(seccomp_attr_set(context, SCMP_FLTATR_CTL_OPTIMIZE, level), "SCMP_FLTATR_CTL_OPTIMIZE");
  check(seccomp_attr_set(context, SCMP_FLTATR_CTL_SSB, 1), "SCMP_FLTATR_CTL_SSB");
  check(seccomp_attr_set(context, SCMP_FLTATR_CTL_NNP, geteuid() != 0), "SCMP_FLTATR_CTL_NNP");
  for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
    const struct rule *rule = &rules[i];
    int number = seccomp_syscall_resolve_name(rule->name);
    if (number == __NR_SCMP_ERROR) continue;  // unknown names are skipped, as runc does
    check(seccomp_rule_add_array(context, rule->action, number, rule->count, rule->args), rule->name);
  }
  return context;
}

int main(int argc, char **argv) {
  const char *file = NULL;
  int native = 0, at = 1;
  if (argc == 2 && strcmp(argv[1], "--version") == 0) {
    const struct scmp_version *version = seccomp_version();
    printf("libseccomp %u.%u.%u\n", version->major, version->minor, version->micro);
    return 0;
  }
  if (at < argc && strcmp(argv[at], "--native") == 0) native = 1, at++;
  if (at + 1 < argc && strcmp(argv[at], "--export") == 0) file = argv[at + 1], at += 2;
  if (at >= argc) return 125;
  scmp_filter_ctx context = build((uint32_t)atoi(argv[at++]), native);
  if (file != NULL) {
    int fd = open(file, O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (fd < 0) check(-errno, file);
    check(seccomp_export_bpf(context, fd), "seccomp_export_bpf");
    printf("%lld\n", (long long)lseek(fd, 0, SEEK_END) / 8);
    return 0;
  }
  if (at >= argc) return 125;
  check(seccomp_load(context), "seccomp_load");
  execv(argv[at], argv + at);
  return 127;
}
