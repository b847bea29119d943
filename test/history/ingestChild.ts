import { ingest } from "../../history/ingest.js";

const [source, into] = process.argv.slice(2);
if (source === undefined || into === undefined) throw new Error("expected SOURCE and DIR");
await ingest(source, { into, format: "auto" });
