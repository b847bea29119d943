import { existsSync } from "node:fs";
import { dirname, isAbsolute, join } from "node:path";

/**
 * Where a file is: the path itself where it is absolute, else below `folder` or the nearest folder above that has it;
 * undefined where none has.
 */
export function fileAbove(path: string, folder: string): string | undefined {
  if (isAbsolute(path)) return path;
  const file = join(folder, path);
  if (existsSync(file)) return file;
  return dirname(folder) === folder ? undefined : fileAbove(path, dirname(folder));
}
