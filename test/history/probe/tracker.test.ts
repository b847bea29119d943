import { readFileSync } from "node:fs";
import fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { addressText } from "../../../history/probe/addressText.js";
import { readRow, type SocketRow, tcpState } from "../../../history/probe/procNet.js";
import { Tracker } from "../../../history/probe/tracker.js";

let counted: string[] = [];
beforeEach(() => {
  counted = [];
});

function tracker(options: { recount?: number; loopback?: boolean } = {}): Tracker {
  return new Tracker({
    recount: options.recount ?? 3600,
    loopback: options.loopback ?? false,
    onConnection: ({ words, client, server, serverPort, failed }) =>
      counted.push(
        `${addressText(words, client)} > ${addressText(words, server)}:${serverPort}${failed ? " failed" : ""}`,
      ),
  });
}

const words = (address: string) =>
  new Uint32Array([0, 0, 0xffff, address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0)]);

/** `10.0.0.5:40000 10.0.0.6:80 state inode retransmits` */
function row(text: string): SocketRow {
  const [local = "", remote = "", state = "", inode = "7", retransmits = "0"] = text.split(" ");
  const [localAddress = "", localPort = ""] = local.split(":");
  const [remoteAddress = "", remotePort = ""] = remote.split(":");
  return {
    local: words(localAddress),
    remote: words(remoteAddress),
    localPort: Number(localPort),
    remotePort: Number(remotePort),
    state: tcpState[state as keyof typeof tcpState],
    inode: Number(inode),
    retransmits: Number(retransmits),
  };
}

let time = 1_795_616_000;
function poll(tracked: Tracker, ...rows: string[]): void {
  tracked.begin();
  for (const text of rows) tracked.take(row(text));
  tracked.end(time++);
}

const out = "10.0.0.5:40000 10.0.0.6:5432";
const once = ["10.0.0.5 > 10.0.0.6:5432"];

describe("a connection", () => {
  it("counts once however many polls see it, through to its end", () => {
    const tracked = tracker();
    for (const state of ["established", "established", "timeWait", "timeWait"])
      poll(tracked, `${out} ${state} ${state === "timeWait" ? 0 : 7}`);
    poll(tracked);
    expect(counted).toEqual(once);
  });

  it("that opened and closed between two polls counts by its TIME_WAIT", () => {
    const tracked = tracker();
    poll(tracked);
    poll(tracked, `${out} timeWait 0`);
    poll(tracked, `${out} timeWait 0`);
    expect(counted).toEqual(once);
  });

  it("between the ports of one that is over, or by another socket, counts again", () => {
    const tracked = tracker();
    poll(tracked, `${out} established 7`);
    poll(tracked, `${out} established 8`);
    poll(tracked, `${out} timeWait 0`);
    poll(tracked, `${out} established 9`);
    expect(counted).toHaveLength(3);
  });

  it("counts once though it was not accepted yet when it was first seen", () => {
    const tracked = tracker();
    poll(tracked, "10.0.0.5:80 0.0.0.0:0 listen 3", "10.0.0.5:80 10.0.0.9:40000 established 0");
    poll(tracked, "10.0.0.5:80 0.0.0.0:0 listen 3", "10.0.0.5:80 10.0.0.9:40000 established 12");
    expect(counted).toEqual(["10.0.0.9 > 10.0.0.5:80"]);
  });

  it("counts once though a poll misses it", () => {
    const tracked = tracker();
    poll(tracked, `${out} established 7`);
    poll(tracked);
    poll(tracked, `${out} established 7`);
    expect(counted).toEqual(once);
  });

  it("that stays open counts again each `recount` seconds", () => {
    const tracked = tracker({ recount: 10 });
    for (let i = 0; i < 25; i++) poll(tracked, `${out} established 7`);
    expect(counted).toHaveLength(3);
  });

  it("whose local port someone listens on was opened by the other end, whatever the ports", () => {
    const tracked = tracker();
    poll(tracked, "10.0.0.5:50051 10.0.0.9:1023 established 4", "0.0.0.0:50051 0.0.0.0:0 listen 3");
    expect(counted).toEqual(["10.0.0.9 > 10.0.0.5:50051"]);
  });

  it("on ephemeral ports with no one listening was opened here", () => {
    const tracked = tracker();
    poll(tracked, "10.0.0.5:40000 10.0.0.9:50051 established 4");
    expect(counted).toEqual(["10.0.0.5 > 10.0.0.9:50051"]);
  });

  it("both of whose ends are in the table counts once, over loopback only where asked for", () => {
    const ends = [
      "10.0.0.5:80 0.0.0.0:0 listen 3",
      "10.0.0.5:80 10.0.0.6:40000 established 4",
      "10.0.0.6:40000 10.0.0.5:80 established 5",
      "127.0.0.1:80 127.0.0.1:40001 established 6",
      "127.0.0.1:40001 127.0.0.1:80 established 7",
    ];
    poll(tracker(), ...ends);
    expect(counted).toEqual(["10.0.0.6 > 10.0.0.5:80"]);
    counted = [];
    const tracked = tracker({ loopback: true });
    poll(tracked, ...ends);
    poll(tracked, ...ends);
    expect(counted.sort()).toEqual(["10.0.0.6 > 10.0.0.5:80", "127.0.0.1 > 127.0.0.1:80"]);
  });
});

describe("a connection that is not answered", () => {
  const failed = ["10.0.0.5 > 10.0.0.6:5432 failed"];

  it("fails once it is gone, where its SYN was repeated or two polls saw it", () => {
    const repeated = tracker();
    poll(repeated, `${out} synSent 7 1`);
    expect(counted).toEqual([]);
    for (let i = 0; i < 3; i++) poll(repeated);
    expect(counted).toEqual(failed);
    counted = [];
    const twice = tracker();
    poll(twice, `${out} synSent 7 0`);
    poll(twice, `${out} synSent 7 0`);
    for (let i = 0; i < 3; i++) poll(twice);
    expect(counted).toEqual(failed);
  });

  it("does not fail where one poll saw it once, or where it was answered after all", () => {
    const tracked = tracker();
    poll(tracked, `${out} synSent 7 0`);
    for (let i = 0; i < 3; i++) poll(tracked);
    expect(counted).toEqual([]);
    poll(tracked, `${out} synSent 8 1`);
    poll(tracked, `${out} established 8`);
    poll(tracked);
    expect(counted).toEqual(once);
  });

  it("has failed when the probe ends", () => {
    const tracked = tracker();
    poll(tracked, `${out} synSent 7 2`);
    tracked.stop();
    expect(counted).toEqual(failed);
  });
});

it("counts each of thousands once, whichever come and go, as a set would", () => {
  const port = fc.integer({ min: 33_000, max: 33_400 });
  const polls = fc.array(fc.uniqueArray(port, { maxLength: 300 }), { maxLength: 12 });
  fc.assert(
    fc.property(polls, (polls) => {
      counted = [];
      const tracked = tracker();
      const lastSeen = new Map<number, number>();
      let expected = 0;
      for (const [i, ports] of polls.entries()) {
        for (const p of ports) {
          if (i - (lastSeen.get(p) ?? -9) > 2) expected++;
          lastSeen.set(p, i);
        }
        poll(tracked, ...ports.map((p) => `10.0.0.5:${p} 10.0.0.6:80 established 7`));
      }
      expect(counted).toHaveLength(expected);
    }),
    { numRuns: 60 },
  );
});

describe("a row of the kernel's table", () => {
  const blank = (): SocketRow => row("0.0.0.0:0 0.0.0.0:0 close");
  const read = (line: string) => {
    const into = blank();
    const bytes = Buffer.from(line);
    return readRow(bytes, 0, bytes.length, into) ? into : undefined;
  };

  it("is read as the kernel writes it, IPv4 and IPv6", () => {
    // Lines of Linux 6.18 on a little-endian machine.
    const four = read(
      "   6: 0500000A:ABC8 0700630A:01BB 02 00000001:00000000 01:00000018 00000001     0        0 252979 2 000000006de0493c 100 0 0 1 -1                    ",
    );
    expect(four).toMatchObject({ localPort: 43_976, remotePort: 443, state: 2, retransmits: 1, inode: 252_979 });
    expect(addressText(four?.local ?? words("0.0.0.0"), 0)).toBe("10.0.0.5");
    const six = read(
      "   1: 000000FD000000000000000005000000:1538 000000FD000000000000000005000000:A5F4 01 00000000:00000000 00:00000000 00000000     0        0 252981 1 000000008357c03c 20 4 31 11 -1",
    );
    expect(six).toMatchObject({ localPort: 5432, remotePort: 42_484, state: 1, inode: 252_981 });
    expect(addressText(six?.remote ?? words("0.0.0.0"), 0)).toBe("fd00::5");
    const mapped = read(
      "   1: 0000000000000000FFFF00000500000A:1538 0000000000000000FFFF00000600000A:A5F4 01 00000000:00000000 00:00000000 00000000     0        0 9 1 0 20 4 31 11 -1",
    );
    expect(addressText(mapped?.local ?? words("0.0.0.0"), 0)).toBe("10.0.0.5");
  });

  it("that is none gives nothing, and nothing throws", () => {
    expect(
      read("  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode"),
    ).toBeUndefined();
    fc.assert(fc.property(fc.string({ maxLength: 200 }), (text) => void read(text)));
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 140 }),
        (n) => void read(readFileSync("/proc/self/net/tcp", "utf8").slice(0, n)),
      ),
    );
  });
});
