/**
 * Total, mean and sum of squared deviations of what each seed lost, batch after batch. The order of operations is part of
 * the result.
 *
 * Source of the update: Welford, "Note on a method for calculating corrected sums of squares and products", 1962.
 */
export class BatchSums {
  readonly total: Float64Array;
  readonly mean: Float64Array;
  readonly deviations: Float64Array;
  /** Full batches. */
  batches = 0;

  constructor(private readonly seeds: number) {
    this.total = new Float64Array(seeds);
    this.mean = new Float64Array(seeds);
    this.deviations = new Float64Array(seeds);
  }

  /**
   * @param full whether the batch has all of its worlds: a part of one counts for the total only
   * @param lostAt what the seed at a place lost in the batch
   */
  add(full: boolean, lostAt: (place: number) => number): void {
    if (full) this.batches += 1;
    for (let place = 0; place < this.seeds; place++) {
      const sum = lostAt(place);
      this.total[place]! += sum;
      if (!full) continue;
      const difference = sum - this.mean[place]!;
      this.mean[place]! += difference / this.batches;
      this.deviations[place]! += difference * (sum - this.mean[place]!);
    }
  }
}
