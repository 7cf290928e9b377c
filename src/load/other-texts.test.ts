/**
 * Texts of other programs, as their users write them: each is told what it is, and nothing that may be a profile is.
 */

import { readFileSync } from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { kindByWords, OTHER_TEXTS } from "./other-texts.ts";
import { isYamlProfile, kindOfBrokenText } from "./recognise.ts";

/** Texts, by the name of what they are. */
const TEXTS: Readonly<Record<string, readonly string[]>> = {
  "a script": ["#!/bin/sh\nSystemCallFilter=x\n"],
  "a web page": ["<!DOCTYPE html>\n", "\t<html>\n"],
  "a filter in words, as `disasm` prints it": [
    "       ld [4]      ; architecture\n",
    "struct sock_filter f[] = {\n",
  ],
  "a systemd unit with `SystemCallFilter=`": [
    "[Unit]\nDescription=a web server\n\n[Service]\nExecStart=/usr/bin/web\nSystemCallFilter=@system-service\nSystemCallFilter=~@privileged @resources\nSystemCallErrorNumber=EPERM\n",
    "# a drop-in\n[Service]\nSystemCallLog = mount\n",
  ],
  "any other systemd unit": ["[Unit]\nDescription=x\n[Service]\nExecStart=/bin/true\n"],
  "nsjail's configuration": [
    'name: "build"\nmode: ONCE\nhostname: "b"\nmount {\n  src: "/lib"\n  dst: "/lib"\n  is_bind: true\n}\nseccomp_string: "ALLOW { read, write }"\nseccomp_string: "DEFAULT KILL"\n',
    "mode: LISTEN\nport: 9000\n",
    'seccomp_policy_file: "build.kafel"\n',
  ],
  "a Kafel policy": [
    "/* the web server */\n#define AF_UNIX 1\nPOLICY web {\n  ALLOW { read, write { fd == 1 } }\n}\nUSE web DEFAULT KILL\n",
    "ERRNO(1) {\n  ptrace,\n  socket(domain) { domain == 38 }\n}\nDEFAULT ALLOW\n",
    "// everything\nDEFAULT ALLOW\n",
  ],
  "a minijail policy": [
    "# Copyright of somebody\n\n@frequency ./web.frequency\nread: 1\nioctl: arg1 == TCGETS || arg1 == 0x5413\n",
    "read: 1\nwrite: 1\nopen: return ENOENT\nclone: arg0 & 0x10000\nprctl: arg0 == 3 || arg0 == 4\nmmap: arg2 in 0xfffffffb\n",
    "@default: kill-process\nread: allow\n",
    "openat: {\n  arg2 & 3: allow,\n}\n",
  ],
  "an LXC seccomp policy": [
    "2\nblacklist\n# comment\n[all]\nkexec_load errno 1\n",
    "2\nallowlist errno 5\nread\n",
    "1\nwhitelist\n103\n",
  ],
  "an LXC container's configuration": [
    "# mine\nlxc.include = /usr/share/lxc/x\nlxc.seccomp.profile = /etc/x\n",
  ],
  "a firejail profile": [
    "# Firejail profile for web\ninclude web.local\ninclude globals.local\nnoblacklist /home/web/.web\ncaps.drop all\nseccomp !chroot\n",
    "seccomp.drop @clock,mount\n",
    "blacklist /boot\nprivate-tmp\n",
  ],
  "an AppArmor profile": [
    "#include <tunables/global>\nprofile web /usr/bin/web {\n}\n",
    "abi <abi/4.0>,\n",
    "profile web flags=(complain) {\n",
  ],
  "output of strace": [
    'execve("/bin/true", ["true"], 0x7ffc /* 30 vars */) = 0\nbrk(NULL) = 0x5581\n',
    '[pid   123] read(3, "", 1) = 0\n',
    '12:30:01.123 openat(AT_FDCWD, "/x", O_RDONLY) = -1 ENOENT (No such file or directory)\n',
  ],
  "Elastic's policy (go-seccomp-bpf)": [
    "# no network\ndefault_action: allow\n\nsyscalls:\n  - action: errno\n    names:\n    - connect\n",
    "seccomp:\n  default_action: errno\n  syscalls:\n  - action: allow\n    names: [read]\n",
    "seccomp.default_action: allow\n",
  ],
  "a Compose file": [
    'version: "3"\nservices:\n  web:\n    image: x\n    security_opt:\n    - seccomp=./p.json\n',
  ],
  "a snap's definition": [
    "name: web\nbase: core24\nconfinement: strict\nplugs:\n  home: null\napps:\n  web:\n    command: x\n",
  ],
  "snapd's template, or another list of calls": [
    "# Description: what every snap may do\n# usage: common\naccess\nfaccessat\n\nsocket AF_UNIX\n~ioctl - TIOCSTI\nsetpriority PRIO_PROCESS 0 <=19\n",
    "read\nwrite\nopenat\n",
  ],
};

test("every format is recognised, by its own name", () => {
  assert.equal(
    Object.keys(TEXTS),
    OTHER_TEXTS.map(({ name }) => name),
  );
  for (const [name, texts] of Object.entries(TEXTS)) {
    for (const text of [...texts, ...texts.map((one) => one.replaceAll("\n", "\r\n"))]) {
      assert.is(OTHER_TEXTS.find((one) => one === kindByWords(text))?.name, name, text);
      assert.is(kindOfBrokenText(text), kindByWords(text));
    }
  }
});

test("every message says what to do", () => {
  for (const { what, hint } of OTHER_TEXTS) {
    assert.match(what, /^(an?|the|what) \S/);
    assert.ok(hint.length > 30 && !hint.endsWith("."), hint);
  }
});

test("the page of formats has them all", () => {
  const page = readFileSync("docs/formats.md", "utf8");
  for (const { name } of OTHER_TEXTS) {
    assert.ok(page.includes(`\n| ${name} |`), name);
  }
});

test("broken JSON is told its mistakes, whatever words it has", () => {
  for (const text of [
    '{ "defaultAction": "SCMP_ACT_ALLOW",\nDEFAULT ALLOW\n',
    '// ALLOW {\n{ "syscalls": [ { "names": ["read"] } ] }',
    '[\n{ "names": ["read"], }\n]',
    '[ {"names": [] ]',
    '"defaultAction": 1',
    "",
    "read",
    "hello\n",
  ]) {
    assert.is(kindByWords(text), undefined, text);
  }
});

test("YAML is read only if it says that it is a SeccompProfile, and never what begins as JSON", () => {
  for (const text of [
    "kind: SeccompProfile\n",
    "spec: {}\nkind: 'SeccompProfile' # yes\r\n",
    '---\n"kind" : "SeccompProfile"',
  ]) {
    assert.ok(isYamlProfile(text), text);
  }
  for (const text of [
    '{ "kind": "SeccompProfile" }',
    " \n{\nkind: SeccompProfile\n}",
    "\ufeff[\nkind: SeccompProfile\n",
    " kind: SeccompProfile\n",
    "kind: SeccompProfileBinding\n",
    "# kind: SeccompProfile\n",
    "kind: Pod\n",
  ]) {
    assert.not(isYamlProfile(text), text);
  }
});

test.run();
