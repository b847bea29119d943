import type { Terminal } from "./output.js";

/** Seconds from one text to the next. */
const PACE = 0.1;

/** One line on stderr that says how far a command is, where people look at it. */
export class ProgressLine {
  private width = 0;
  private shownAt = Number.NEGATIVE_INFINITY;

  constructor(private readonly terminal: Terminal) {}

  /** Puts a text in place of the last one, unless that was shown just now. */
  show(text: string): void {
    const now = this.terminal.now();
    if (!this.terminal.interactive || now - this.shownAt < PACE) return;
    this.shownAt = now;
    this.terminal.err(`\r${text.padEnd(this.width)}`);
    this.width = text.length;
  }

  /** Takes the text away. */
  clear(): void {
    if (this.width > 0) this.terminal.err(`\r${" ".repeat(this.width)}\r`);
    this.width = 0;
  }
}
