/**
 * A matcher of whole names by a pattern in which `*` stands for any text and `\*` for a star. It takes time linear in
 * the name for each piece of the pattern, whatever the pattern is.
 */
export function namePattern(pattern: string): (name: string) => boolean {
  const pieces = pattern.split(/(?<!\\)\*/).map((piece) => piece.replaceAll("\\*", "*"));
  const [first = "", ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return (name) => name === first;
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last)) return false;
    let at = first.length;
    const end = name.length - last.length;
    for (const piece of rest) {
      const found = name.indexOf(piece, at);
      if (found < 0 || found + piece.length > end) return false;
      at = found + piece.length;
    }
    return at <= end;
  };
}
