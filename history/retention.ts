import { dayOf, type FileKind, type LiveFile } from "./liveFile.js";

export interface Retention {
  /** Unix seconds that ages count from. */
  readonly asOf: number;
  /** Seconds that rows are kept as they were ingested, and that summaries are kept. Days go whole. */
  readonly keepRaw: number;
  readonly keepSummaries: number;
  /** Files of one kind and day from which on they are merged. */
  readonly several: number;
}

/** Files that become one. */
export interface Merge {
  readonly day: string;
  readonly kind: FileKind;
  readonly alone: boolean;
  readonly files: readonly LiveFile[];
}

/** What a compaction does with the files of a history. */
export interface CompactionPlan {
  /** Files that stay, some of them with `alone` changed. */
  readonly keep: readonly LiveFile[];
  readonly merges: readonly Merge[];
  /** Days whose rows go and whose summaries stay, and days that go whole. */
  readonly summarised: readonly string[];
  readonly expired: readonly string[];
}

const daySeconds = 86_400;

/** Decides by day what is merged, what goes and what stays. Every file is kept, merged, or of a day that loses it. */
export function planCompaction(files: readonly LiveFile[], retention: Retention): CompactionPlan {
  const keep: LiveFile[] = [];
  const merges: Merge[] = [];
  const summarised: string[] = [];
  const expired: string[] = [];
  for (const [day, ofDay] of [...byDay(files)].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const age = retention.asOf - (Date.parse(day) / 1000 + daySeconds);
    if (age >= retention.keepSummaries) {
      expired.push(day);
      continue;
    }
    const raw = ofDay.filter((f) => f.kind === "raw");
    const unsummarised = raw.filter((f) => f.alone);
    const summaries = ofDay.filter((f) => f.kind === "summary");
    const put = (kind: FileKind, alone: boolean, group: readonly LiveFile[], must = false) => {
      if (must || group.length >= retention.several) merges.push({ day, kind, alone, files: group });
      else keep.push(...group.map(({ alone: _, ...file }) => (alone ? { ...file, alone } : file)));
    };
    if (age >= retention.keepRaw) {
      if (raw.length > 0) summarised.push(day);
      put("summary", true, [...summaries, ...unsummarised], unsummarised.length > 0);
    } else {
      // Rows of the first version get their summary now, and so stand for it no longer.
      put("raw", false, raw);
      put("summary", false, [...summaries.filter((f) => !f.alone), ...unsummarised], unsummarised.length > 0);
      put(
        "summary",
        true,
        summaries.filter((f) => f.alone),
      );
    }
  }
  return { keep, merges, summarised, expired };
}

/** The most files of one kind that a day has: past some tens of them, reading slows down. */
export const mostFilesOfDay = (files: readonly LiveFile[]): number =>
  [...byDay(files).values()].reduce(
    (most, ofDay) =>
      Math.max(most, ofDay.filter((f) => f.kind === "raw").length, ofDay.filter((f) => f.kind === "summary").length),
    0,
  );

function byDay(files: readonly LiveFile[]): Map<string, LiveFile[]> {
  const days = new Map<string, LiveFile[]>();
  for (const file of files) days.set(dayOf(file), [...(days.get(dayOf(file)) ?? []), file]);
  return days;
}
