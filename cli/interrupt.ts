import type { Terminal } from "./output.js";

/** The person asked to stop; the command line exits with 130, as a shell says of a process that SIGINT ended. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";
  constructor() {
    super("interrupted");
  }
}

/** A signal that Ctrl-C aborts with `Interrupted`, from the call of `listen` to that of `release`. */
export class Interrupt {
  private readonly controller = new AbortController();
  private forget: (() => void) | undefined;

  constructor(private readonly terminal: Terminal) {}

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** To be called when work begins that heeds the signal: before, Ctrl-C ends the process, which is sooner. */
  listen(): void {
    this.forget ??= this.terminal.onInterrupt(() => this.controller.abort(new Interrupted()));
  }

  release(): void {
    this.forget?.();
    this.forget = undefined;
  }
}
