import { type JsonObject, readList, readObject, readText } from "../document.js";
import { FieldError, readAddress } from "../fields.js";

/** Cilium's reserved identity of everything outside the cluster. */
const world = "reserved:world";

/**
 * What a flow calls one of its ends. The address, since an inventory knows who held it when: also of a pod that is gone, where a
 * pod's name would become a service of its own. A server outside the cluster goes by the DNS name that it was looked up
 * by, where Hubble knows it: its addresses change. Where a field mask left the address out: the pod, else its workload.
 * @returns null where nothing names it
 */
export function endpointName(
  prefix: string,
  flow: JsonObject,
  side: "source" | "destination",
  role: "client" | "server",
): string | null {
  const place = prefix + side;
  const endpoint = readObject(place, flow[side]);
  if (role === "server" && readTexts(`${place}.labels`, endpoint.labels).includes(world)) {
    const [name] = readTexts(`${place}_names`, flow[`${side}_names`]).sort();
    if (name !== undefined && name !== "") return name.replace(/(.)\.$/, "$1");
  }
  const address = readText(`${prefix}IP.${side}`, readObject(`${prefix}IP`, flow.IP)[side]);
  if (address !== "") return readAddress(`${prefix}IP.${side}`, address);
  const pod = readText(`${place}.pod_name`, endpoint.pod_name);
  if (pod !== "") return pod;
  const [workload] = readList(`${place}.workloads`, endpoint.workloads);
  return readText(`${place}.workloads[0].name`, readObject(`${place}.workloads[0]`, workload).name) || null;
}

function readTexts(place: string, value: unknown): string[] {
  return readList(place, value).map((text, i) => {
    if (typeof text === "string") return text;
    throw new FieldError(`${place}[${i}]`, text, "a text");
  });
}
