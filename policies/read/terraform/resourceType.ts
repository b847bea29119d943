import type { PropertyMap } from "../../values.js";

/** What becomes of one resource type of a Terraform provider. */
export interface TerraformType {
  /** Pulumi's type token. */
  readonly token: string;
  /** Pulumi's inputs, as far as rules read them, of the resource's values with unknowns and secrets covered. */
  readonly inputs: (values: PropertyMap) => PropertyMap;
  /** Where the token depends on the values; undefined where they do not tell. */
  readonly tokenOf?: (values: PropertyMap) => string | undefined;
}
