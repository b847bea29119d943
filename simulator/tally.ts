/** Tells counts on, some at a time: what is counted in a hot loop is told seldom enough to cost nothing. */
export class Tally {
  private untold = 0;

  constructor(
    private readonly step: number,
    private readonly tell: ((count: number) => void) | undefined,
  ) {}

  add(count: number): void {
    this.untold += count;
    if (this.untold >= this.step) this.flush();
  }

  flush(): void {
    if (this.untold > 0) this.tell?.(this.untold);
    this.untold = 0;
  }
}
