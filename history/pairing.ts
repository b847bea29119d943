import { quoted } from "./parquet.js";

/**
 * SQL that attaches the calls that other files of the same run counted, as `counted.calls`.
 * @param file a DuckDB file, made where it is missing; in memory, so that there are none, where not given
 */
export const attachCounted = (file: string | undefined): string => `
  ATTACH ${quoted(file ?? ":memory:")} AS counted;
  CREATE TABLE IF NOT EXISTS counted.calls (key UHUGEINT NOT NULL);
`;

/**
 * SQL that makes flows of the staged table `spans`, as service graphs do (OpenTelemetry Collector's servicegraph
 * connector, Grafana Tempo), one row for each client, server, minute and sampling. A call is
 * - a span whose parent is of another service, or a server's (consumer's) whose parent is a client's (producer's);
 * - a server's or consumer's span without a parent, or whose parent is not in the file: the client is whom it names, else
 *   unknown; so is a span without parent and kind;
 * - a client's or producer's span that names its peer, where neither a call comes out of it nor a client's span within it
 *   of the same service is such a call (a library within a library).
 *
 * A span seen twice counts once, and so does a call that is in `counted.calls` already. Spans are joined by their ids
 * alone, so that clocks need not agree: the minute is the server's, where its span is known. A call failed where either
 * side says so, and is sampled as the rarer side, or else as the root of its trace says.
 */
export const pairSpans = (observer: string): string => `
  CREATE TEMP TABLE repeated AS SELECT trace, id FROM spans GROUP BY trace, id HAVING count(*) > 1;
  CREATE TEMP TABLE span AS
    SELECT *, kind IN ('client', 'producer') AS calls, kind IN ('server', 'consumer') AS serves FROM (
      FROM spans ANTI JOIN repeated USING (trace, id)
      UNION ALL
      (SELECT DISTINCT ON (trace, id) * FROM spans SEMI JOIN repeated USING (trace, id)
        ORDER BY trace, id, start, "end", name, kind, parent, peer, failed, sampling)
    );

  CREATE TEMP TABLE served AS
    SELECT s.trace, s.id, s.parent, coalesce(p.name, s.peer) AS client, s.name AS server, s.start,
      CASE WHEN p.calls THEN coalesce(s.failed OR p.failed, s.failed, p.failed) ELSE s.failed END AS failed,
      least(s.sampling, p.sampling) AS sampling
    FROM span s LEFT JOIN span p ON p.trace = s.trace AND p.id = s.parent
    WHERE CASE
      WHEN p.id IS NOT NULL THEN p.name <> s.name OR (p.calls AND s.serves)
      WHEN s.parent IS NULL THEN coalesce(s.serves, true)
      ELSE s.serves
    END;

  CREATE TEMP TABLE calling AS
    SELECT c.*, served.parent IS NOT NULL AS is_served
    FROM span c LEFT JOIN (SELECT DISTINCT trace, parent FROM served) served
      ON served.trace = c.trace AND served.parent = c.id
    WHERE c.calls AND (c.peer IS NOT NULL OR served.parent IS NOT NULL);

  CREATE TEMP TABLE call AS
    WITH every_call AS (
      SELECT trace, id, client, server, start, failed, sampling FROM served
      UNION ALL
      SELECT trace, id, name, peer, start, failed, sampling FROM calling c
      WHERE NOT is_served AND NOT EXISTS (
        FROM calling within WHERE within.trace = c.trace AND within.parent = c.id AND within.name = c.name
      )
    ), root AS (
      SELECT trace, min(sampling) AS sampling FROM span WHERE parent IS NULL GROUP BY trace
    ), keyed AS (
      SELECT md5_number(trace || '/' || id) AS key, floor(start / 60)::UINTEGER * 60 AS start, client, server, failed,
        coalesce(every_call.sampling, root.sampling, 1) AS sampling
      FROM every_call LEFT JOIN root USING (trace)
    )
    SELECT * FROM keyed ANTI JOIN counted.calls USING (key);

  INSERT INTO counted.calls SELECT key FROM call;

  INSERT INTO flows BY NAME
    SELECT start, start + 60 AS "end", client, server, count(*) AS requests, count(*) AS connections, 0 AS bytes,
      sum(failed::INTEGER) AS failed, sampling, ${quoted(observer)} AS observer, 'accepted' AS outcome, false AS undecided
    FROM call GROUP BY start, client, server, sampling;
`;
