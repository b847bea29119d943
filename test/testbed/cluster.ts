import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { outputOf } from "./command.js";
import { freePorts } from "./ports.js";
import { type Supervision, supervise } from "./supervision.js";

export type Kubectl = (...args: readonly string[]) => Promise<string>;

export interface Cluster {
  /** Path of the kubeconfig of an administrator. */
  readonly kubeconfig: string;
  /** Runs kubectl as that administrator and returns its stdout; throws with its stderr unless it exits 0. */
  readonly kubectl: Kubectl;
  /** Stops every component, etcd last, and removes the cluster's folder. */
  readonly stop: () => Promise<void>;
}

const zones = ["zone-a", "zone-b", "zone-c"];
const nodeCount = 6;

/**
 * Starts a real control plane on 127.0.0.1 with `kube` (etcd, API server, controller manager, scheduler) and six nodes
 * in three zones whose kubelets kwok plays: pods are scheduled and become Ready, but no container runs.
 * Ports are free ones and everything is below a temporary folder, so that any number of clusters run side by side.
 * Throws with the end of the components' logs where it is not ready in time.
 */
export async function startCluster(kube: string, attempts = 3): Promise<Cluster> {
  const folder = join(tmpdir(), `firebreak-cluster-${randomBytes(6).toString("hex")}`);
  mkdirSync(folder, { mode: 0o700 });
  const supervisor = supervise(folder);
  const stop = () => supervisor.stop();
  try {
    const kubeconfig = await startControlPlane(kube, folder, supervisor);
    const kubectl = kubectlFor(kube, kubeconfig);
    await addNodes(kubectl, folder);
    await addCustomResources(kubectl);
    return { kubeconfig, kubectl, stop };
  } catch (error) {
    await stop();
    // Another process may have taken a port between our finding it free and the component's binding it.
    if (attempts > 1 && /address already in use/.test((error as Error).message))
      return startCluster(kube, attempts - 1);
    throw error;
  }
}

export function kubectlFor(kube: string, kubeconfig: string): Kubectl {
  const env = { ...process.env, KUBECONFIG: kubeconfig, KUBECACHEDIR: join(dirname(kubeconfig), "kubectl-cache") };
  return (...args) => outputOf(kube, ["kubectl", ...args], { env });
}

async function startControlPlane(kube: string, folder: string, supervisor: Supervision): Promise<string> {
  const [client, peer, api, manager, scheduler, kwok] = await freePorts(6);
  const pki = join(folder, "pki");
  const token = writeCredentials(pki);
  const start = (name: string, ...args: string[]) => supervisor.start({ name, command: kube, args: [name, ...args] });

  const etcd = `http://127.0.0.1:${client}`;
  const etcdPeer = `http://127.0.0.1:${peer}`;
  start(
    "etcd",
    ...["--data-dir=etcd", `--listen-client-urls=${etcd}`, `--advertise-client-urls=${etcd}`],
    ...[`--listen-peer-urls=${etcdPeer}`, `--initial-advertise-peer-urls=${etcdPeer}`],
    ...[`--initial-cluster=default=${etcdPeer}`, "--unsafe-no-fsync"],
  );
  const server = `https://127.0.0.1:${api}`;
  start(
    "kube-apiserver",
    ...[`--etcd-servers=${etcd}`, "--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", `--secure-port=${api}`],
    ...["--endpoint-reconciler-type=none", "--service-cluster-ip-range=10.96.0.0/16", "--profiling=false"],
    ...[`--cert-dir=${pki}`, "--token-auth-file=pki/tokens.csv", "--authorization-mode=RBAC"],
    ...[`--service-account-issuer=${server}`, "--service-account-key-file=pki/service-accounts.pub"],
    "--service-account-signing-key-file=pki/service-accounts.key",
  );
  const kubeconfig = join(folder, "kubeconfig");
  const kubectl = kubectlFor(kube, kubeconfig);
  const certificate = join(pki, "apiserver.crt"); // made by the API server itself, and good as its own authority
  await supervisor.until("the API server is ready", async () => {
    if (!existsSync(certificate)) throw new Error("no certificate yet");
    writeKubeconfig(kubeconfig, server, readFileSync(certificate), token);
    await kubectl("get", "--raw", "/readyz");
  });

  const component = ["--kubeconfig=kubeconfig", "--bind-address=127.0.0.1", "--leader-elect=false"];
  start(
    "kube-controller-manager",
    ...component,
    ...[`--secure-port=${manager}`, "--root-ca-file=pki/apiserver.crt"],
    "--service-account-private-key-file=pki/service-accounts.key",
  );
  start("kube-scheduler", ...component, `--secure-port=${scheduler}`);
  writeFileSync(join(folder, "kwok.yaml"), await outputOf(kube, ["kwok-stages"]));
  start(
    "kwok",
    ...["--config=kwok.yaml", "--kubeconfig=kubeconfig", "--manage-all-nodes=true"],
    ...["--node-lease-duration-seconds=40", "--node-ip=127.0.0.1", `--server-address=127.0.0.1:${kwok}`],
  );
  await supervisor.until("namespaces get their service account", () => kubectl("get", "serviceaccount", "default"));
  return kubeconfig;
}

/** Writes the token of the administrator and the key pair of service accounts; returns the token. */
function writeCredentials(pki: string): string {
  mkdirSync(pki, { mode: 0o700 });
  const token = randomBytes(16).toString("hex");
  writeFileSync(join(pki, "tokens.csv"), `${token},admin,admin,system:masters\n`, { mode: 0o600 });
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  });
  writeFileSync(join(pki, "service-accounts.key"), privateKey, { mode: 0o600 });
  writeFileSync(join(pki, "service-accounts.pub"), publicKey);
  return token;
}

function writeKubeconfig(file: string, server: string, authority: Buffer, token: string): void {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "testbed", cluster: { server, "certificate-authority-data": authority.toString("base64") } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "testbed", context: { cluster: "testbed", user: "admin" } }],
    "current-context": "testbed",
  };
  writeFileSync(file, JSON.stringify(config), { mode: 0o600 });
}

async function addNodes(kubectl: Kubectl, folder: string): Promise<void> {
  const room = { cpu: "8", memory: "16Gi", pods: "110" };
  const items = Array.from({ length: nodeCount }, (_, i) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: `node-${i}`,
      labels: {
        "kubernetes.io/hostname": `node-${i}`,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": "amd64",
        "topology.kubernetes.io/zone": zones[i % zones.length],
        type: "kwok",
      },
    },
    status: { allocatable: room, capacity: room },
  }));
  const file = join(folder, "nodes.json");
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await kubectl("apply", "-f", file);
  await kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s");
}

/** The types of the Gateway API, external-dns and KEDA whose objects a change may write; nothing acts on them. */
async function addCustomResources(kubectl: Kubectl): Promise<void> {
  await kubectl("apply", "-f", join(dirname(fileURLToPath(import.meta.url)), "crds"));
  await kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
}
