import { choose, drawCollapse, drawDependency } from "./coins";
import {
  candidate,
  candidateStart,
  choiceRows,
  collapseRows,
  dependencyStart,
  drawnGroup,
  needsRows,
  ROW,
} from "./layout";

const stickyRow = memory.data(64, 16);
const otherRow = memory.data(64, 16);

/** Draws the coins of a service for a group, as rows: needs by dependency, choices by candidate, collapse. */
export function drawRows(service: u32, group: u32): void {
  store<u32>(drawnGroup + (service << 2), group + 1);
  const first = load<u32>(dependencyStart + (service << 2));
  const end = load<u32>(dependencyStart + (service << 2), 4);
  for (let d = first; d < end; d++) {
    drawDependency(needsRows + <usize>d * ROW, stickyRow, d, group);
    const firstCandidate = load<u32>(candidateStart + (d << 2));
    const endCandidate = load<u32>(candidateStart + (d << 2), 4);
    const choices = choiceRows + <usize>firstCandidate * ROW;
    if (endCandidate - firstCandidate == 1) {
      memory.copy(choices, stickyRow, ROW);
      continue;
    }
    memory.fill(choices, 0, <usize>(endCandidate - firstCandidate) * ROW);
    for (let w: u32 = 0; w < 16; w++) {
      let bits = load<u32>(stickyRow + (w << 2));
      const base = (group << 9) + ((w & 3) << 7) + ((w >> 2) << 5);
      while (bits != 0) {
        const bit = ctz(bits);
        bits &= bits - 1;
        const at = choiceRows + <usize>choose(d, base + bit) * ROW + (w << 2);
        store<u32>(at, load<u32>(at) | (1 << bit));
      }
    }
  }
  drawCollapse(collapseRows + <usize>service * ROW, otherRow, service, group);
}
