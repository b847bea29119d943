import type { Command } from "../command.js";

/** A verb as the help shows it; its code is loaded when it is called, so that no verb waits for another's libraries. */
export interface Verb {
  /** Name and positional arguments, for example `explain <instance>`. */
  readonly usage: string;
  readonly description: string;
  load(): Promise<Command>;
}

/** Every verb, in the order of the help: adding one is a file and an entry. */
export const commands: readonly Verb[] = [
  {
    usage: "init",
    description: "write a commented firebreak.yaml after looking at what is here",
    load: async () => (await import("./init.js")).init,
  },
  {
    usage: "ingest <source...>",
    description: "read traffic (flow logs, call counts) into the Parquet history",
    load: async () => (await import("./ingest.js")).ingest,
  },
  {
    usage: "compact",
    description: "merge the history's small files, and let go what is past retention",
    load: async () => (await import("./compact.js")).compact,
  },
  {
    usage: "inventory",
    description: "what runs where, from the Kubernetes API or AWS, as an inventory file",
    load: async () => (await import("./inventory.js")).inventory,
  },
  {
    usage: "probe",
    description: "watch this host's TCP connections, without root, into a history or to a collector",
    load: async () => (await import("./probe.js")).probe,
  },
  {
    usage: "collect [file...]",
    description: "receive what probes send and store it in a history; of files: store what they spooled",
    load: async () => (await import("./collect.js")).collect,
  },
  {
    usage: "graph [diff] [times...]",
    description: "build and show the communication graph of a window, or what changed between two",
    load: async () => (await import("./graph.js")).graph,
  },
  {
    usage: "simulate",
    description: "risk and impact of every instance, by Monte Carlo",
    load: async () => (await import("./simulate.js")).simulate,
  },
  {
    usage: "explain <instance>",
    description: "the likeliest failure paths to an instance and from it",
    load: async () => (await import("./explain.js")).explain,
  },
  {
    usage: "plan",
    description: "the cheapest changes that bring risk under the threshold, as a decision",
    load: async () => (await import("./plan.js")).plan,
  },
  {
    usage: "preview",
    description: "what the decision changes on the real stack; changes nothing and saves the plan for `up`",
    load: async () => (await import("./preview.js")).preview,
  },
  {
    usage: "up",
    description: "apply the decision on the real stack, by the plan of a preview that is shown first",
    load: async () => (await import("./up.js")).up,
  },
  {
    usage: "check",
    description: "the policy gate without an engine: judge a Pulumi preview, a Terraform plan or manifests",
    load: async () => (await import("./check.js")).check,
  },
  {
    usage: "revert <decision>",
    description: "break-glass: put back what a decision changed, from the audit log and the cluster alone",
    load: async () => (await import("./revert.js")).revert,
  },
  {
    usage: "audit <verify|show> [record]",
    description: "check the audit log's chain, show what was changed, or explain one record",
    load: async () => (await import("./audit.js")).audit,
  },
  {
    usage: "comment <provider>",
    description: "post the pull-request comment of `preview --comment`, or update it: github or gitlab",
    load: async () => (await import("./comment.js")).comment,
  },
  {
    usage: "doctor",
    description: "what is missing on this machine and how to get it",
    load: async () => (await import("./doctor.js")).doctor,
  },
];
