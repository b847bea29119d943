// Schemas of custom resources, written from their documentation, for no package registry carries them: strict, and only of the
// fields that our examples use.
//   https://www.pulumi.com/docs/iac/guides/continuous-delivery/pulumi-kubernetes-operator/ (pulumi.com/v1, auto.pulumi.com/v1alpha1)
//   https://fluxcd.io/flux/components/kustomize/kustomizations/

const text = { type: "string", minLength: 1 };
const yes = { type: "boolean" };
const strict = (properties: object, required: readonly string[] = []) => ({
  type: "object",
  properties,
  required,
  additionalProperties: false,
});
const named = strict({ name: text }, ["name"]);
const duration = { type: "string", pattern: "^([0-9]+(\\.[0-9]+)?(ms|s|m|h))+$" };
/** A type of Kubernetes' own, such as `batch.v1.Job`, in the published schemas. */
export const kubernetesType = (name: string): object => ({
  $ref: `https://kubernetes.io/api/_definitions.json#/$defs/io.k8s.api.${name}`,
});

/** What a resource refers to a value by. */
const reference = strict(
  { type: { enum: ["Secret"] }, secret: strict({ namespace: text, name: text, key: text }, ["name", "key"]) },
  ["type"],
);

export const stackSchema = strict(
  {
    apiVersion: { const: "pulumi.com/v1" },
    kind: { const: "Stack" },
    metadata: strict({ name: { ...text, maxLength: 42 }, namespace: text }, ["name"]),
    spec: strict(
      {
        stack: text,
        projectRepo: text,
        branch: text,
        repoDir: text,
        serviceAccountName: text,
        envRefs: { type: "object", additionalProperties: reference },
        workspaceTemplate: strict({
          spec: strict({
            image: text,
            env: { type: "array", items: kubernetesType("core.v1.EnvVar") },
            podTemplate: strict({
              // Merged into the pod: a part of a pod's specification, which alone would lack its containers.
              spec: strict({ initContainers: { type: "array", items: kubernetesType("core.v1.Container") } }),
            }),
          }),
        }),
      },
      ["stack"],
    ),
  },
  ["apiVersion", "kind", "metadata", "spec"],
);

export const kustomizationSchema = strict(
  {
    apiVersion: { const: "kustomize.toolkit.fluxcd.io/v1" },
    kind: { const: "Kustomization" },
    metadata: strict({ name: text, namespace: text }, ["name"]),
    spec: strict(
      {
        dependsOn: { type: "array", items: strict({ name: text, namespace: text }, ["name"]) },
        interval: duration,
        timeout: duration,
        path: text,
        prune: yes,
        wait: yes,
        force: yes,
        targetNamespace: text,
        sourceRef: {
          ...named,
          properties: { kind: { enum: ["GitRepository"] }, name: text },
          required: ["kind", "name"],
        },
      },
      ["interval", "prune", "sourceRef"],
    ),
  },
  ["apiVersion", "kind", "metadata", "spec"],
);
