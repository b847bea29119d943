/** Pulumi's type token of a Kubernetes object: `apps/v1` and `Deployment` are `kubernetes:apps/v1:Deployment`. */
export function kubernetesToken(apiVersion: string, kind: string): string {
  return `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
}
