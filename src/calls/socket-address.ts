/**
 * Shows the address of a socket, struct sockaddr of a family, as bind(2), connect(2) and sendto(2) take it.
 *
 * include/uapi/linux/in.h, in6.h, un.h, netlink.h, if_packet.h and vm_sockets.h at v6.12.
 */

import { inConstants } from "../tables/constants.ts";
import { type Reader, Struct } from "./memory.ts";
import { address, plain } from "./numbers.ts";
import { quoted } from "./text.ts";

/** sizeof(struct sockaddr_storage): the kernel takes no more, move_addr_to_kernel() of net/socket.c. */
const LONGEST = 128;

/** A socket address; undefined if it cannot be read, or is too short to have a family. */
export function socketAddressAt(reader: Reader, at: bigint, length: bigint): string | undefined {
  const count = Number(length > BigInt(LONGEST) ? LONGEST : length);
  if (count < 2) {
    return undefined;
  }
  const bytes = reader.upTo(at, count);
  if (bytes === undefined || bytes.length < 2) {
    return undefined;
  }
  const struct = new Struct(bytes, reader);
  const family = struct.unsigned(0, 2);
  const name = inConstants(reader.arch, "address_family", family) ?? String(family);
  return `{${[`sa_family=${name}`, ...fieldsOf(name, struct)].join(", ")}}`;
}

function fieldsOf(family: string, struct: Struct): readonly string[] {
  switch (family) {
    case "AF_UNIX":
      return unix(struct);
    case "AF_INET":
      return struct.length < 8 ? [] : [`sin_port=${port(struct)}`, `sin_addr=${inet(struct, 4)}`];
    case "AF_INET6":
      return inet6(struct);
    case "AF_NETLINK":
      return struct.length < 12
        ? []
        : [`nl_pid=${struct.unsigned(4, 4)}`, `nl_groups=${plain(struct.unsigned(8, 4))}`];
    case "AF_PACKET":
      return struct.length < 8
        ? []
        : [`sll_protocol=${ethernet(struct)}`, `sll_ifindex=${struct.signed(4, 4)}`];
    case "AF_VSOCK":
      return struct.length < 16
        ? []
        : [`svm_port=${struct.unsigned(4, 4)}`, `svm_cid=${struct.unsigned(8, 4)}`];
    default:
      return [];
  }
}

function port(struct: Struct): string {
  return String(struct.unsigned(2, 2, true));
}

/** The protocol is in the byte order of the network. */
function ethernet(struct: Struct): string {
  return plain(struct.unsigned(2, 2, true));
}

/** A path up to its NUL, an abstract name with all of its bytes and `@` before it, or no name. */
function unix(struct: Struct): readonly string[] {
  const path = struct.bytes.slice(2);
  if (path === "") {
    return [];
  }
  if (path.startsWith("\0")) {
    return [`sun_path=@${quoted(path.slice(1))}`];
  }
  const end = path.indexOf("\0");
  return [`sun_path=${quoted(end < 0 ? path : path.slice(0, end))}`];
}

function inet(struct: Struct, at: number): string {
  return [0, 1, 2, 3].map((i) => String(struct.unsigned(at + i, 1))).join(".");
}

function inet6(struct: Struct): readonly string[] {
  // RFC 2133 had no sin6_scope_id; the kernel takes 24 bytes.
  if (struct.length < 24) {
    return [];
  }
  const scope = struct.length < 28 ? 0n : struct.unsigned(24, 4);
  const flow = struct.unsigned(4, 4, true);
  return [
    `sin6_port=${port(struct)}`,
    ...(flow === 0n ? [] : [`sin6_flowinfo=${address(flow)}`]),
    `sin6_addr=${groups(struct)}`,
    ...(scope === 0n ? [] : [`sin6_scope_id=${scope}`]),
  ];
}

/** The text of RFC 5952: the longest row of groups that are zero is `::`; an IPv4 address in it is decimal. */
function groups(struct: Struct): string {
  const all = [0, 1, 2, 3, 4, 5, 6, 7].map((i) => struct.unsigned(8 + 2 * i, 2, true).toString(16));
  if (all.slice(0, 6).join(" ") === "0 0 0 0 0 ffff") {
    return `::ffff:${inet(struct, 20)}`;
  }
  let [start, length] = [-1, 1];
  for (let i = 0; i < 8; i += 1) {
    let end = i;
    while (all[end] === "0") {
      end += 1;
    }
    if (end - i > length) {
      [start, length] = [i, end - i];
    }
  }
  return start < 0
    ? all.join(":")
    : `${all.slice(0, start).join(":")}::${all.slice(start + length).join(":")}`;
}
