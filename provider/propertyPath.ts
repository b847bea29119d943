/**
 * Splits a Pulumi property path such as `spec.replicas`, `spec["replicas"]`, `["spec"].containers[0]` or `spec.*` into its
 * keys. Text that is no path is one key.
 */
export function readPropertyPath(path: string): string[] {
  const key = /\[\s*"((?:[^"\\]|\\.)*)"\s*\]|\[\s*([^\]"]*?)\s*\]|([^.[\]]+)|(\.)/gy;
  const keys: string[] = [];
  while (key.lastIndex < path.length) {
    const match = key.exec(path);
    if (!match) return [path];
    if (match[4] !== undefined) continue;
    keys.push(match[1]?.replace(/\\(.)/g, "$1") ?? match[2] ?? match[3] ?? "");
  }
  return keys;
}

/** Writes keys as a Pulumi property path: `spec.rules[0].weight`. */
export function writePropertyPath(keys: readonly string[]): string {
  return keys.reduce((path, key) => {
    if (/^\d+$/.test(key)) return `${path}[${key}]`;
    if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
    return path === "" ? key : `${path}.${key}`;
  }, "");
}

/** Whether `pattern` names `path` or something around it; `*` stands for any one key. */
export function coversPath(pattern: string, path: readonly string[]): boolean {
  const keys = readPropertyPath(pattern);
  return keys.length > 0 && keys.length <= path.length && keys.every((key, i) => key === "*" || key === path[i]);
}
