import { type ProbeDocument, type ProbeFlow, probeFormat, probeVersion } from "../formats/probe.js";
import { addressText } from "./addressText.js";
import type { CountedConnection } from "./tracker.js";

/** Flows of one line, so that no line of a busy host grows without end. */
const flowsPerDocument = 1000;

/** Connections counted since the window began. */
export interface Window {
  readonly start: number;
  /** Unix seconds, on a multiple of the window's length. */
  readonly end: number;
  readonly add: (connection: CountedConnection, namespace: number | undefined) => void;
  /** JSON Lines of all that was counted, sorted; empty where nothing was. */
  readonly text: () => string;
}

type Counted = { -readonly [K in keyof ProbeFlow]: ProbeFlow[K] };

/**
 * Begins the window that holds `time`: windows are the same for every probe, on multiples of `length`.
 * @param time unix seconds
 * @param length seconds; divides a day
 */
export function openWindow(observer: string, time: number, length: number): Window {
  const start = Math.floor(time / length) * length;
  const end = start + length;
  const observers = new Map<string, Map<string, Counted>>();
  return {
    start,
    end,
    add: ({ words, client, server, serverPort, failed }, namespace) => {
      const name = namespace === undefined ? observer : `${observer}/${namespace}`;
      const flows = observers.get(name) ?? new Map<string, Counted>();
      observers.set(name, flows);
      const ends = { client: addressText(words, client), server: addressText(words, server), port: serverPort };
      const key = `${ends.client} ${ends.server} ${ends.port}`;
      const flow = flows.get(key) ?? { ...ends, opened: 0, failed: 0 };
      flows.set(key, flow);
      if (failed) flow.failed++;
      else flow.opened++;
    },
    text: () => {
      let text = "";
      for (const [name, counted] of [...observers].sort(byKey)) {
        const flows = [...counted].sort(byKey).map(([, flow]) => flow);
        for (let i = 0; i < flows.length; i += flowsPerDocument) {
          const document: ProbeDocument = {
            format: probeFormat,
            version: probeVersion,
            observer: name,
            start,
            end,
            flows: flows.slice(i, i + flowsPerDocument),
          };
          text += `${JSON.stringify(document)}\n`;
        }
      }
      return text;
    },
  };
}

const byKey = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);
