/** The tags by which a migration holds a group. They are taken off when it ends. */
export const markTag = "firebreak:migration";
export const stateTag = "firebreak:migration-state";

/** What a run writes on a group before it changes it: enough for another run to go on, or to take it back. */
export interface Mark {
  /** Id of the EC2 instance that is to go; an id is never given twice, so it is the migration's key. */
  readonly instance: string;
  /** Desired capacity, and members outside the zone that is left, before anything was done. */
  readonly desired: number;
  readonly outside: number;
  /** When EC2 launched the youngest member, by its own clock, in unix seconds: what is younger came since. */
  readonly since: number;
  /** Zone that is left; empty where only the instance is. */
  readonly zone: string;
  /** The run, and how often it has said that it is alive. */
  readonly holder: string;
  readonly beat: number;
}

/** The tags' values. */
export function writeMark(mark: Mark): { readonly [markTag]: string; readonly [stateTag]: string } {
  const { instance, desired, outside, since, zone, holder, beat } = mark;
  const state = `desired=${desired} outside=${outside} since=${since} zone=${zone} holder=${holder} beat=${beat}`;
  return { [markTag]: instance, [stateTag]: state };
}

/** The mark that a group's tags hold, or null. One that somebody wrote by hand has nothing to go on by. */
export function readMark(tags: Readonly<Record<string, string | undefined>>): Mark | null {
  const instance = tags[markTag];
  if (instance === undefined) return null;
  const state = new Map((tags[stateTag] ?? "").split(" ").map((part) => part.split("=", 2) as [string, string]));
  const count = (name: string) => (/^\d+(\.\d+)?$/.test(state.get(name) ?? "") ? Number(state.get(name)) : Number.NaN);
  return {
    instance,
    desired: count("desired"),
    outside: count("outside"),
    since: count("since"),
    zone: state.get("zone") ?? "",
    holder: state.get("holder") ?? "",
    beat: count("beat"),
  };
}

/** Whether a mark tells enough to go on by. */
export function isReadable({ desired, outside, since }: Mark): boolean {
  return Number.isInteger(desired) && Number.isInteger(outside) && !Number.isNaN(since);
}
