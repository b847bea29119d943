/** One span of a trace: a piece of work in one instance. Flows are made of the spans of a file by pairing (`pairing.ts`). */
export interface Span {
  readonly trace: string;
  readonly id: string;
  /** Null for the root of a trace. */
  readonly parent: string | null;
  /** The service whose work it is: the name that the flow's ends carry. */
  readonly name: string;
  /** What the source says of the span's side; null where it does not say. */
  readonly kind: "client" | "server" | "producer" | "consumer" | "internal" | null;
  /** The other side, where the span itself names it (`peer.service`, `server.address`). */
  readonly peer: string | null;
  /** Unix seconds, fractions allowed; `end` is not before `start`. */
  readonly start: number;
  readonly end: number;
  /** Null where the source does not tell. */
  readonly failed: boolean | null;
  /** Probability with which a span like this one is kept, 0 (excluded) to 1; null where the span does not say. */
  readonly sampling: number | null;
}
