import { z } from "zod";

/** Above this an amount is a mistake, and sums of amounts stay far from overflow. */
const largest = 1e18;

/** Turns -0 into 0, so that equal topologies stay equal in every comparison. */
const plainZero = (value: number) => value + 0;

/** A number of 0 or more; `unit` is what the message says was expected. */
export function amount(unit: string) {
  return z
    .number(`expected ${unit}, 0 or more`)
    .min(0, `expected ${unit}, 0 or more`)
    .max(largest, `expected ${unit}, at most ${largest}`)
    .overwrite(plainZero);
}

/** A probability or share. */
export const probability = z
  .number("expected a number from 0 to 1")
  .min(0, "expected a number from 0 to 1")
  .max(1, "expected a number from 0 to 1")
  .overwrite(plainZero);

/** Control characters, line separators and halves of surrogate pairs: none can be shown, and none hash alike everywhere. */
const unprintable = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u;

/** Results name hosts and zones `host/ID` and `zone/ID` beside instances. */
const reserved = /^(host|zone)\//;

const idRemedy = "expected an id: text that is not empty";

/** The id of a service, host, zone or tier. */
export const id = z
  .string(idRemedy)
  .min(1, idRemedy)
  .refine((text) => !unprintable.test(text), "has a control character or half a surrogate pair; take it out of the id");

/** The id of an instance. */
export const instanceId = id.refine(
  (text) => !reserved.test(text),
  "begins with host/ or zone/, which name hosts and zones in results; choose another id",
);

/** Whether a text seen in traffic can be an instance's id. */
export function isInstanceId(text: string): boolean {
  return text !== "" && !unprintable.test(text) && !reserved.test(text);
}
