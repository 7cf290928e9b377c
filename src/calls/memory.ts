/**
 * Reads what a call's pointers point to, out of the memory of a task that may be hostile: at most 4 KiB for a call.
 */

import type { ByteString } from "../host.ts";
import type { Architecture } from "../tables/architectures.ts";
import { pointerBits } from "../tables/constants.ts";

/** The memory of the task that makes a call. */
export interface TaskMemory {
  /**
   * Bytes from an address: all of them, or those before the first that cannot be read; undefined if not even the first can be read.
   *
   * @param toNul whether only those up to a NUL matter, so that the rest may be left out
   */
  read(address: bigint, length: number, toNul: boolean): ByteString | undefined;
}

/** How many bytes, and how many times, all arguments of one call together are read. */
const MOST_BYTES = 4096;
const MOST_READS = 32;

/** The memory of a task during one call, in the layout of its architecture. */
export class Reader {
  readonly arch: Architecture;
  /** The size of a pointer and of a long in bytes. */
  readonly wordSize: 4 | 8;
  private readonly memory: TaskMemory;
  private bytesLeft = MOST_BYTES;
  private readsLeft = MOST_READS;

  constructor(arch: Architecture, memory: TaskMemory) {
    this.arch = arch;
    this.wordSize = pointerBits(arch) === 64 ? 8 : 4;
    this.memory = memory;
  }

  /** At most so many bytes, those before the first that cannot be read; undefined if there is none, or too much was read. */
  upTo(address: bigint, length: number, toNul = false): ByteString | undefined {
    if (length <= 0 || this.readsLeft === 0 || this.bytesLeft < length) {
      return undefined;
    }
    this.readsLeft -= 1;
    this.bytesLeft -= length;
    const bytes = this.memory.read(address, length, toNul);
    return bytes === undefined || bytes === "" ? undefined : bytes.slice(0, length);
  }

  /** All bytes of a struct; undefined if one cannot be read. */
  struct(address: bigint, length: number): Struct | undefined {
    const bytes = this.upTo(address, length);
    return bytes?.length === length ? new Struct(bytes, this) : undefined;
  }
}

/** Numbers in the bytes of a struct, in the byte order of its architecture. All offsets are those of a caller that knows the length. */
export class Struct {
  readonly bytes: ByteString;
  private readonly reader: Reader;

  constructor(bytes: ByteString, reader: Reader) {
    this.bytes = bytes;
    this.reader = reader;
  }

  get length(): number {
    return this.bytes.length;
  }

  /** An unsigned number of `size` bytes; bytes after the end are 0. */
  unsigned(at: number, size: number, bigEndian = this.reader.arch.bigEndian): bigint {
    let value = 0n;
    for (let i = 0; i < size; i += 1) {
      const byte = this.bytes.charCodeAt(bigEndian ? at + i : at + size - 1 - i);
      value = (value << 8n) | BigInt(Number.isNaN(byte) ? 0 : byte & 0xff);
    }
    return value;
  }

  signed(at: number, size: number): bigint {
    return BigInt.asIntN(size * 8, this.unsigned(at, size));
  }

  /** A long or a pointer, unsigned. */
  word(index: number, from = 0): bigint {
    const { wordSize } = this.reader;
    return this.unsigned(from + index * wordSize, wordSize);
  }
}
