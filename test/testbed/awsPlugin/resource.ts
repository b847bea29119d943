import type { Clients } from "./clients.js";

export type Props = Readonly<Record<string, unknown>>;

/** The type of a property's value: a primitive, a list, a map of texts, or an object. */
export type Kind =
  | "string"
  | "number"
  | "boolean"
  | { readonly list: Kind }
  | { readonly mapOf: "string" }
  | { readonly object: Readonly<Record<string, Property>> };

export interface Property {
  readonly kind: Kind;
  readonly required?: true;
  /** Another value takes another resource. */
  readonly replaces?: true;
  /** Where the program leaves it out AWS chooses, and what it chose is no difference. */
  readonly chosenByAws?: true;
}

/** One type of resource as AWS's API makes it; its properties are named as in `@pulumi/aws`. */
export interface AwsResource {
  /** Pulumi type, for example `aws:autoscaling/group:Group`. */
  readonly type: string;
  readonly properties: Readonly<Record<string, Property>>;
  /** Names of what AWS alone tells. */
  readonly outputs: readonly string[];
  /** @param name Pulumi resource name, for what the program gives no name */
  create(inputs: Props, clients: Clients, name: string): Promise<{ readonly id: string; readonly outs: Props }>;
  /** The live values of the properties, or null where it is gone. */
  read(id: string, props: Props, clients: Clients): Promise<Props | null>;
  /** @param changed names of the inputs that differ */
  update(id: string, news: Props, changed: readonly string[], olds: Props, clients: Clients): Promise<Props>;
  delete(id: string, props: Props, clients: Clients): Promise<void>;
}
