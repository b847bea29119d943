import { closeSync, openSync, readSync } from "node:fs";
import { endianness } from "node:os";

/** States of a TCP socket as the kernel numbers them (include/net/tcp_states.h). */
export const tcpState = {
  established: 1,
  synSent: 2,
  synReceived: 3,
  timeWait: 6,
  close: 7,
  listen: 10,
  newSynReceived: 12,
} as const;

/** One row of /proc/net/tcp or tcp6. The reader fills one object again and again: copy what is to be kept. */
export interface SocketRow {
  /** Four words of 32 bits each in network order; IPv4 as `::ffff:a.b.c.d`. */
  readonly local: Uint32Array;
  readonly remote: Uint32Array;
  localPort: number;
  remotePort: number;
  state: number;
  /** Times that the row's timer has run out: of SYN_SENT, how often the SYN was sent again. */
  retransmits: number;
  /** 0 where no process holds the socket: not accepted yet, closed, or TIME_WAIT. */
  inode: number;
}

/** The kernel prints address words as numbers of its own byte order (net/ipv4/tcp_ipv4.c, get_tcp4_sock). */
const littleEndian = endianness() === "LE";

const newline = 10;
const space = 32;
const colon = 58;

/** Reads the socket tables of the kernel through one buffer, without making a text of any line. */
export function openProcNet(): { read: (path: string, take: (row: SocketRow) => void) => void } {
  const buffer = Buffer.allocUnsafeSlow(65_536);
  const row: SocketRow = {
    local: new Uint32Array(4),
    remote: new Uint32Array(4),
    localPort: 0,
    remotePort: 0,
    state: 0,
    retransmits: 0,
    inode: 0,
  };
  return {
    /**
     * Calls `take` for every row of one table.
     * @throws the system's error where the table cannot be read
     */
    read: (path, take) => {
      const file = openSync(path, "r");
      try {
        let held = 0;
        for (;;) {
          const got = readSync(file, buffer, held, buffer.length - held, null);
          if (got === 0) return;
          const filled = held + got;
          const rest = takeLines(buffer, filled, row, take);
          // A line is 150 bytes or so; one that fills the buffer is none of the kernel's.
          held = rest === 0 && filled === buffer.length ? 0 : filled - rest;
          buffer.copyWithin(0, rest, filled);
        }
      } finally {
        closeSync(file);
      }
    },
  };
}

/** Takes the whole lines of `buffer`; gives where the unfinished one begins. */
function takeLines(buffer: Buffer, filled: number, row: SocketRow, take: (row: SocketRow) => void): number {
  let from = 0;
  for (;;) {
    const end = buffer.indexOf(newline, from);
    if (end < 0 || end >= filled) return from;
    if (readRow(buffer, from, end, row)) take(row);
    from = end + 1;
  }
}

/**
 * Reads one line: `sl: LOCAL:PORT REMOTE:PORT ST TX:RX TR:WHEN RETRNSMT UID TIMEOUT INODE …`, in hex up to RETRNSMT.
 * The header, and what is no row, gives false.
 */
export function readRow(buffer: Buffer, from: number, end: number, row: SocketRow): boolean {
  let at = skipSpaces(buffer, from, end);
  while (at < end && buffer[at] !== colon) at++;
  at = skipSpaces(buffer, at + 1, end);
  at = readAddress(buffer, at, end, row.local);
  if (at < 0) return false;
  row.localPort = hex(buffer, at, 4);
  at = skipSpaces(buffer, at + 4, end);
  at = readAddress(buffer, at, end, row.remote);
  if (at < 0) return false;
  row.remotePort = hex(buffer, at, 4);
  at = skipSpaces(buffer, at + 4, end);
  row.state = hex(buffer, at, 2);
  at = skipFields(buffer, at, end, 3);
  row.retransmits = hex(buffer, at, 8);
  at = skipFields(buffer, at, end, 3);
  row.inode = decimal(buffer, at, end);
  return row.localPort >= 0 && row.remotePort >= 0 && row.state >= 0 && row.retransmits >= 0 && row.inode >= 0;
}

/** Reads 8 or 32 hex digits and the colon after them; gives where the port begins, or -1. */
function readAddress(buffer: Buffer, at: number, end: number, words: Uint32Array): number {
  if (at + 8 >= end) return -1;
  const single = buffer[at + 8] === colon;
  if (!single && (at + 32 >= end || buffer[at + 32] !== colon)) return -1;
  words[0] = 0;
  words[1] = 0;
  words[2] = 0xffff;
  for (let i = single ? 3 : 0; i < 4; i++) {
    const value = hex(buffer, single ? at : at + 8 * i, 8);
    if (value < 0) return -1;
    words[i] = littleEndian ? swapped(value) : value;
  }
  return at + (single ? 9 : 33);
}

const swapped = (v: number): number =>
  (((v & 0xff) << 24) | ((v & 0xff00) << 8) | ((v >>> 8) & 0xff00) | (v >>> 24)) >>> 0;

function hex(buffer: Buffer, at: number, digits: number): number {
  let value = 0;
  for (let i = at; i < at + digits; i++) {
    const byte = buffer[i] ?? 0;
    const digit = byte >= 48 && byte <= 57 ? byte - 48 : byte >= 65 && byte <= 70 ? byte - 55 : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

function decimal(buffer: Buffer, at: number, end: number): number {
  let value = 0;
  let i = at;
  for (; i < end; i++) {
    const digit = (buffer[i] ?? 0) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return i === at ? -1 : value;
}

function skipSpaces(buffer: Buffer, from: number, end: number): number {
  let at = from;
  while (at < end && buffer[at] === space) at++;
  return at;
}

function skipFields(buffer: Buffer, from: number, end: number, fields: number): number {
  let at = from;
  for (let i = 0; i < fields; i++) {
    while (at < end && buffer[at] !== space) at++;
    at = skipSpaces(buffer, at, end);
  }
  return at;
}
