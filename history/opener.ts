/** Where clients take their own ports from on Linux; servers mostly listen below. */
const firstEphemeralPort = 32_768;

/** IANA protocol number. */
export const tcp = 6;
const syn = 2;
const ack = 16;

/**
 * Who opened the connection that a packet flow from source to destination belongs to, by what one line tells.
 *
 * TCP flags prove it: a SYN without ACK leaves the client, SYN-ACK leaves the server; the flags are OR-ed over the
 * aggregation interval, and AWS sets the ACK bit on a SYN-ACK only. Else, where one port is ephemeral (32768 and up)
 * and the other is not, the lower port is the server's. `undefined` where the line alone cannot tell.
 */
export function openerOf(
  sourcePort: number,
  destinationPort: number,
  protocol: number | null,
  tcpFlags: number | null,
): "source" | "destination" | undefined {
  if (tcpFlags !== null && (protocol === null || protocol === tcp) && (tcpFlags & syn) !== 0) {
    return (tcpFlags & ack) === 0 ? "source" : "destination";
  }
  const sourceIsEphemeral = sourcePort >= firstEphemeralPort;
  const destinationIsEphemeral = destinationPort >= firstEphemeralPort;
  if (sourceIsEphemeral === destinationIsEphemeral) return undefined;
  return sourceIsEphemeral ? "source" : "destination";
}

/**
 * The same as SQL over the columns `source_port`, `destination_port`, `protocol` and `tcp_flags`: `source`,
 * `destination` or NULL.
 */
export const openerSql = `CASE
  WHEN (protocol IS NULL OR protocol = ${tcp}) AND (tcp_flags & ${syn}) <> 0
    THEN CASE WHEN (tcp_flags & ${ack}) = 0 THEN 'source' ELSE 'destination' END
  WHEN (source_port >= ${firstEphemeralPort}) = (destination_port >= ${firstEphemeralPort}) THEN NULL
  WHEN source_port >= ${firstEphemeralPort} THEN 'source' ELSE 'destination' END`;

/**
 * SQL that settles the undecided rows of the view `staged` by fan-in: of the two ports, the server's is the one
 * that had more distinct peers (address and port) in the file; else the lower port; else the lower address.
 * A row whose source turns out to be the server is an answer and opens no connection.
 */
export const settleOpeners = `
  CREATE TEMP TABLE doubtful AS
    SELECT server_port AS port FROM staged WHERE undecided UNION SELECT client_port FROM staged WHERE undecided;
  CREATE TEMP TABLE fan_in AS
    WITH peers AS (
      SELECT server_port AS port, client AS peer, client_port AS peer_port FROM staged
      WHERE client_port IS NOT NULL AND server_port IN (FROM doubtful)
      UNION
      SELECT client_port, server, server_port FROM staged WHERE client_port IN (FROM doubtful)
    )
    SELECT port, count(*) AS peers FROM peers GROUP BY port;
  CREATE TEMP VIEW settled AS
    SELECT * EXCLUDE (client_port, undecided) FROM staged WHERE NOT undecided
    UNION ALL
    SELECT
      f.start, f."end",
      CASE WHEN turned THEN server ELSE client END AS client,
      CASE WHEN turned THEN client ELSE server END AS server,
      CASE WHEN turned THEN client_port ELSE server_port END AS server_port,
      protocol, requests,
      CASE WHEN turned THEN 0 ELSE connections END AS connections,
      bytes, failed, sampling, observer, outcome
    FROM (
      SELECT f.*,
        c.peers > s.peers
        OR c.peers = s.peers AND (client_port < server_port OR client_port = server_port AND client < server)
        AS turned
      FROM staged f
      LEFT JOIN fan_in s ON s.port = f.server_port
      LEFT JOIN fan_in c ON c.port = f.client_port
      WHERE undecided
    ) f;
`;
