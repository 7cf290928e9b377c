/**
 * How Podman and CRI-O read a profile: go.podman.io/common v0.66.0, pkg/seccomp, then an OCI runtime.
 */

import { type Architecture, type ArchitectureName, architectures } from "../tables/architectures.ts";
import { errnoNumber } from "../tables/errnos.ts";
import { type DockerForm, engineOfDockerForm } from "./docker.ts";
import type { Engine } from "./engine.ts";

/** The words of libseccomp-golang 0.11.1 (ScmpArch.String) that are not libseccomp's names in lower case. */
const WORDS: Readonly<Partial<Record<ArchitectureName, string>>> = {
  x86_64: "amd64",
  aarch64: "arm64",
  loongarch64: "loong64",
};

/** The word for an architecture in `arches`. */
export function podmanArchWord({ name }: Architecture): string {
  return WORDS[name] ?? name;
}

/** seccomp_linux.go, nativeToSeccomp: other architectures ignore `archMap`. */
const IN_ARCH_MAP: readonly ArchitectureName[] = [
  "x86_64",
  "aarch64",
  "mips64",
  "mips64n32",
  "mipsel64",
  "mipsel64n32",
  "s390x",
];

/** Errnos that are not in errno_list.go. */
const UNKNOWN_ERRNOS =
  `EINTR EWOULDBLOCK ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO
  EBADRQC EBADSLT EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT ENOTUNIQ
  EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC ERESTART ESTRPIPE EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO ENOKEY
  EKEYEXPIRED EKEYREVOKED EKEYREJECTED ERFKILL EHWPOISON EDEADLOCK`.split(/\s+/);

const FORM: Omit<DockerForm, "title" | "inClusters"> = {
  name: "podman",
  archWord: podmanArchWord,
  isArchWord: (word) => architectures.some((arch) => podmanArchWord(arch) === word),
  readsArchMap: ({ name }) => IN_ARCH_MAP.includes(name),
  kernels: false,
  errnoOfName: (name, arch) =>
    UNKNOWN_ERRNOS.includes(name) ? "refused" : (errnoNumber(name, arch) ?? "refused"),
};

export const podman: Engine = engineOfDockerForm({ ...FORM, title: "Podman", inClusters: false });

/** CRI-O's internal/config/seccomp/seccomp.go passes the file that a pod names to the same library. */
export const crio: Engine = engineOfDockerForm({ ...FORM, title: "CRI-O", inClusters: true });
