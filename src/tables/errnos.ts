/**
 * Errno names and their numbers, which differ on MIPS and PA-RISC, and in one name on PowerPC.
 *
 * Sources, all at v6.18: include/uapi/asm-generic/errno-base.h and errno.h, and the uapi/asm/errno.h of
 * arch/mips, arch/parisc and arch/powerpc. ENOTSUP is the C library's name for EOPNOTSUPP, errno(3). PA-RISC's
 * header once had ENOTSUP (252), ENOSYM and EREMOTERELEASE with numbers of their own; later kernels dropped them.
 */

import type { Architecture } from "./architectures.ts";
import { readNumbered } from "./numbered.ts";

/** The errno of most filters; it has this number on every architecture. */
export const EPERM = 1;

/** errno-base.h, the same everywhere: 1 to 34. */
const BASE =
  "EPERM ENOENT ESRCH EINTR EIO ENXIO E2BIG ENOEXEC EBADF ECHILD EAGAIN EWOULDBLOCK=EAGAIN ENOMEM EACCES EFAULT " +
  "ENOTBLK EBUSY EEXIST EXDEV ENODEV ENOTDIR EISDIR EINVAL ENFILE EMFILE ENOTTY ETXTBSY EFBIG ENOSPC ESPIPE " +
  "EROFS EMLINK EPIPE EDOM ERANGE ";

const GENERIC =
  "EDEADLK ENAMETOOLONG ENOLCK ENOSYS ENOTEMPTY ELOOP 42 ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG " +
  "EUNATCH ENOCSI EL2HLT EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT 59 EBFONT ENOSTR ENODATA ETIME ENOSR ENONET " +
  "ENOPKG EREMOTE ENOLINK EADV ESRMNT ECOMM EPROTO EMULTIHOP EDOTDOT EBADMSG EOVERFLOW ENOTUNIQ EBADFD EREMCHG " +
  "ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ERESTART ESTRPIPE EUSERS ENOTSOCK EDESTADDRREQ EMSGSIZE " +
  "EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP ENOTSUP=EOPNOTSUPP EPFNOSUPPORT " +
  "EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET ENOBUFS EISCONN " +
  "ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE " +
  "EUCLEAN ENOTNAM ENAVAIL EISNAM EREMOTEIO EDQUOT ENOMEDIUM EMEDIUMTYPE ECANCELED ENOKEY EKEYEXPIRED " +
  "EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON ";

const MIPS =
  "ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EDEADLK ENOLCK 50 EBADE EBADR EXFULL " +
  "ENOANO EBADRQC EBADSLT EDEADLOCK 59 EBFONT ENOSTR ENODATA ETIME ENOSR ENONET ENOPKG EREMOTE ENOLINK EADV " +
  "ESRMNT ECOMM EPROTO 73 EDOTDOT EMULTIHOP 77 EBADMSG ENAMETOOLONG EOVERFLOW ENOTUNIQ EBADFD EREMCHG ELIBACC " +
  "ELIBBAD ELIBSCN ELIBMAX ELIBEXEC EILSEQ ENOSYS ELOOP ERESTART ESTRPIPE ENOTEMPTY EUSERS ENOTSOCK " +
  "EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT 120 EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP " +
  "ENOTSUP=EOPNOTSUPP EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET " +
  "ECONNABORTED ECONNRESET ENOBUFS EISCONN ENOTCONN EUCLEAN 137 ENOTNAM ENAVAIL EISNAM EREMOTEIO EINIT EREMDEV " +
  "ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EHOSTDOWN EHOSTUNREACH EALREADY EINPROGRESS ESTALE " +
  "158 ECANCELED ENOMEDIUM EMEDIUMTYPE ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED EOWNERDEAD ENOTRECOVERABLE " +
  "ERFKILL EHWPOISON 1133 EDQUOT";

const PARISC =
  "ENOMSG EIDRM ECHRNG EL2NSYNC EL3HLT EL3RST ELNRNG EUNATCH ENOCSI EL2HLT EDEADLK EDEADLOCK=EDEADLK ENOLCK " +
  "EILSEQ 50 ENONET ENODATA ETIME ENOSR ENOSTR ENOPKG 57 ENOLINK EADV ESRMNT ECOMM EPROTO 64 EMULTIHOP " +
  "66 EDOTDOT EBADMSG EUSERS EDQUOT ESTALE EREMOTE EOVERFLOW 160 EBADE EBADR EXFULL ENOANO EBADRQC EBADSLT " +
  "EBFONT ENOTUNIQ EBADFD EREMCHG ELIBACC ELIBBAD ELIBSCN ELIBMAX ELIBEXEC ERESTART ESTRPIPE EUCLEAN ENOTNAM " +
  "ENAVAIL EISNAM EREMOTEIO ENOMEDIUM EMEDIUMTYPE ENOKEY EKEYEXPIRED EKEYREVOKED EKEYREJECTED 216 " +
  "ENOTSOCK EDESTADDRREQ EMSGSIZE EPROTOTYPE ENOPROTOOPT EPROTONOSUPPORT ESOCKTNOSUPPORT EOPNOTSUPP " +
  "ENOTSUP=EOPNOTSUPP " +
  "EPFNOSUPPORT EAFNOSUPPORT EADDRINUSE EADDRNOTAVAIL ENETDOWN ENETUNREACH ENETRESET ECONNABORTED ECONNRESET " +
  "ENOBUFS EISCONN ENOTCONN ESHUTDOWN ETOOMANYREFS ETIMEDOUT ECONNREFUSED EREFUSED=ECONNREFUSED " +
  "241 EHOSTDOWN EHOSTUNREACH 244 EALREADY EINPROGRESS 247 ENOTEMPTY ENAMETOOLONG ELOOP 251 ENOSYS " +
  "253 ECANCELED ECANCELLED=ECANCELED EOWNERDEAD ENOTRECOVERABLE ERFKILL EHWPOISON";

type Family = "generic" | "mips" | "parisc" | "ppc";

interface Table {
  readonly numbers: ReadonlyMap<string, number>;
  readonly names: ReadonlyMap<number, string>;
}

const tables = new Map<Family, Table>();

/** The number of an errno, for example ENOSYS, on an architecture; undefined if it has none of that name. */
export function errnoNumber(name: string, arch: Architecture): number | undefined {
  return table(familyOf(arch)).numbers.get(name);
}

/**
 * The name of an errno on an architecture; undefined if the number has none. Of two names, the kernel's own:
 * EAGAIN, EDEADLK, EOPNOTSUPP.
 */
export function errnoName(number: number, arch: Architecture): string | undefined {
  return table(familyOf(arch)).names.get(number);
}

/** The number of ENOSYS, which every launch needs, without the tables. */
export function enosys(arch: Architecture): number {
  switch (familyOf(arch)) {
    case "mips":
      return 89;
    case "parisc":
      return 251;
    default:
      return 38;
  }
}

/** The number of an errno on most architectures, which profiles write next to its name. */
export function genericErrnoNumber(name: string): number | undefined {
  return table("generic").numbers.get(name);
}

/** The names on most architectures, aliases included. */
export function errnoNames(): readonly string[] {
  return [...table("generic").numbers.keys()];
}

function familyOf(arch: Architecture): Family {
  const column = arch.column;
  if (column.startsWith("mips")) {
    return "mips";
  }
  if (column.startsWith("parisc")) {
    return "parisc";
  }
  return column.startsWith("ppc") ? "ppc" : "generic";
}

/** The text of a table. PowerPC has the generic one, but its own number for EDEADLOCK. */
function words(family: Family): string {
  switch (family) {
    case "generic":
      return `${BASE}${GENERIC}EDEADLOCK=EDEADLK`;
    case "ppc":
      return `${BASE}${GENERIC}58 EDEADLOCK`;
    case "mips":
      return BASE + MIPS;
    case "parisc":
      return BASE + PARISC;
  }
}

function table(family: Family): Table {
  let found = tables.get(family);
  if (found === undefined) {
    const numbers = new Map<string, number>();
    const names = new Map<number, string>();
    readNumbered(words(family), 1, (name, number, alias) => {
      numbers.set(name, number);
      if (!alias) {
        names.set(number, name);
      }
    });
    found = { numbers, names };
    tables.set(family, found);
  }
  return found;
}
