/** The version of `@pulumi/aws` whose property names the stand-in has. */
export const pulumiAwsVersion = "7.48.0";
