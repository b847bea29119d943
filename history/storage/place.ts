import { openLocal } from "./local.js";
import { openS3, type S3Options } from "./s3.js";
import type { Storage } from "./storage.js";

/** A history as callers name it: a folder, `s3://bucket/prefix`, or a storage that is open already. */
export type Place = string | Storage;

export const isS3 = (place: string): boolean => place.startsWith("s3://");

/**
 * Opens a folder or `s3://bucket/prefix`. Nothing is asked before the first use.
 * @throws InputError where the bucket or the prefix cannot be one
 */
export const openStorage = (place: string, options: S3Options = {}): Storage =>
  isS3(place) ? openS3(place, options) : openLocal(place);

export const storageOf = (place: Place): Storage => (typeof place === "string" ? openStorage(place) : place);
