import { openLocal } from "./local.js";
import type { Storage } from "./storage.js";

/** A history as callers name it: a folder, or a storage that is open already. */
export type Place = string | Storage;

export const storageOf = (place: Place): Storage => (typeof place === "string" ? openLocal(place) : place);
