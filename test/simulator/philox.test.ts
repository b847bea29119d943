import { expect, it } from "vitest";
import { negativeLog, negativeLogOfComplement } from "../../simulator/negativeLog.js";
import { philox4x32 } from "../../simulator/philox.js";
import { studentQuantile } from "../../simulator/studentT.js";

// Lines "philox4x32 10" of Random123's kat_vectors: counter, key, output.
it.each([
  ["00000000 00000000 00000000 00000000 00000000 00000000", "6627e8d5 e169c58d bc57ac4c 9b00dbd8"],
  ["ffffffff ffffffff ffffffff ffffffff ffffffff ffffffff", "408f276d 41c83b0e a20bc7c6 6d5451fd"],
  ["243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0", "d16cfe09 94fdcceb 5001e420 24126ea1"],
])("Philox4x32-10 gives the published answer for %s", (input, expected) => {
  const [c0, c1, c2, c3, k0, k1] = input.split(" ").map((word) => Number.parseInt(word, 16));
  const out = new Uint32Array(4);
  philox4x32(out, c0!, c1!, c2!, c3!, k0!, k1!);
  expect(Array.from(out, (word) => word.toString(16).padStart(8, "0")).join(" ")).toBe(expected);
});

it("the own -ln is within 2 ulp of Math.log over a million uniforms", () => {
  let worst = 0;
  for (let i = 0; i < 1_000_000; i++) {
    const u = (((Math.imul(i, 0x9e3779b1) >>> 0) + 0.5) / 2 ** 32) as number;
    const exact = -Math.log(u);
    const ulp = 2 ** (Math.floor(Math.log2(exact)) - 52);
    worst = Math.max(worst, Math.abs(negativeLog(u) - exact) / ulp);
  }
  expect(worst).toBeLessThan(2);
});

it.each([1e-12, 2 ** -32, 1e-4, 9e-4, 1 / 1023, 0.01, 1 / 3])("-ln(1 - %d) agrees with log1p", (r) => {
  expect(Math.abs(negativeLogOfComplement(r) / -Math.log1p(-r) - 1)).toBeLessThan(1e-13);
});

// NIST/SEMATECH e-Handbook, section 1.3.6.7.2, to its three decimals.
it.each([
  [1, 12.706],
  [2, 4.303],
  [3, 3.182],
  [5, 2.571],
  [10, 2.228],
  [30, 2.042],
  [100, 1.984],
])("Student's t at 97.5 %% with %i degrees is %d", (degrees, table) => {
  expect(Math.abs(studentQuantile(degrees) - table)).toBeLessThan(5.1e-4);
});

it("Student's t has closed forms at 1 and 2 degrees, and both methods meet at 400", () => {
  expect(studentQuantile(1)).toBeCloseTo(Math.tan(Math.PI * 0.475), 9);
  expect(studentQuantile(2)).toBeCloseTo(0.95 * Math.sqrt(2 / (1 - 0.95 ** 2)), 9);
  const curvature = studentQuantile(399) - 2 * studentQuantile(400) + studentQuantile(401);
  expect(Math.abs(curvature)).toBeLessThan(1e-7);
});
