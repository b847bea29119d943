import type { TableFormat } from "../format.js";
import { checkHeader, knownFields } from "./vpcFields.js";
import { vpcFlowLogs } from "./vpcFlowLogs.js";
import { vpcRecordSql } from "./vpcRecordSql.js";

/**
 * AWS VPC flow logs as Parquet: the fields of the text as columns, `_` for `-` in their names, whole numbers as such.
 * Columns that are no fields (added by who rewrote the files) are left alone.
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html#flow-logs-fields
 */
export const vpcFlowLogsTable: TableFormat = {
  kind: "table",
  name: vpcFlowLogs.name,
  detect: (columns) => columns.filter((column) => knownFields.has(fieldOf(column))).length >= 3,
  open: (all, source) => {
    const columns = all.filter((column) => knownFields.has(fieldOf(column)));
    const fields = columns.map(fieldOf);
    checkHeader(fields, source);
    const { parse } = vpcFlowLogs.open(fields.join(" "), source);
    return { columns, parse, sql: vpcRecordSql(fields) };
  },
};

const fieldOf = (column: string) => column.toLowerCase().replaceAll("_", "-");
