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
 * SQL that settles the undecided rows of the staged table `flows` by fan-in: of the two ports, the server's is the one
 * that had more distinct peers (address and port) in the file; else the lower port; else the lower address.
 * A row whose source turns out to be the server is an answer and opens no connection.
 */
export const settleOpeners = `
  CREATE TEMP TABLE fan_in AS
    WITH peers AS (
      SELECT server_port AS port, client AS peer, client_port AS peer_port FROM flows WHERE client_port IS NOT NULL
      UNION
      SELECT client_port, server, server_port FROM flows WHERE client_port IS NOT NULL
    )
    SELECT port, count(*) AS peers FROM peers
    WHERE port IN (SELECT server_port FROM flows WHERE undecided UNION SELECT client_port FROM flows WHERE undecided)
    GROUP BY port;
  CREATE TEMP VIEW settled AS
    SELECT
      f.start, f."end",
      CASE WHEN turned THEN server ELSE client END AS client,
      CASE WHEN turned THEN client ELSE server END AS server,
      CASE WHEN turned THEN client_port ELSE server_port END AS server_port,
      protocol, requests,
      CASE WHEN turned THEN 0 ELSE connections END AS connections,
      bytes, failed, sampling, observer, outcome
    FROM (
      SELECT f.*, undecided AND (
        c.peers > s.peers
        OR c.peers = s.peers AND (client_port < server_port OR client_port = server_port AND client < server)
      ) AS turned
      FROM flows f
      LEFT JOIN fan_in s ON s.port = f.server_port
      LEFT JOIN fan_in c ON c.port = f.client_port
    ) f;
`;
