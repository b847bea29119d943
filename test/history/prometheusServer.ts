import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A counter's series: its labels, and its value at a time in unix seconds; undefined where it was not there. */
export interface ServedSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly valueAt: (time: number) => number | undefined;
}

export interface PrometheusServer {
  readonly url: string;
  /** Form fields of each request to `query_range`, as they came. */
  readonly asked: Readonly<Record<string, string>>[];
  readonly close: () => Promise<void>;
}

/** Answers `/api/v1/query_range` for a selector of names as Prometheus does; with `token`, to who holds it only. */
export async function servePrometheus(series: readonly ServedSeries[], token?: string): Promise<PrometheusServer> {
  const asked: Record<string, string>[] = [];
  const server: Server = createServer(async (request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.url !== "/api/v1/query_range") return answer(404, { status: "error", error: "not found" });
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) return answer(401, {});
    const form = Object.fromEntries(new URLSearchParams(await bodyOf(request)));
    asked.push(form);
    const names = /^\{__name__=~"([\w|]+)"\}$/.exec(form.query ?? "")?.[1];
    const [start, end, step] = [form.start, form.end, form.step].map(Number);
    if (names === undefined || start === undefined || end === undefined || !step) {
      return answer(400, { status: "error", errorType: "bad_data", error: "invalid parameter" });
    }
    const result = series
      .filter(({ labels }) => names.split("|").includes(labels.__name__ ?? ""))
      .map(({ labels, valueAt }) => {
        const times = Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, i) => start + i * step);
        const values = times.flatMap((t) => (valueAt(t) === undefined ? [] : [[t, String(valueAt(t))]]));
        return { metric: labels, values };
      })
      .filter(({ values }) => values.length > 0);
    answer(200, { status: "success", data: { resultType: "matrix", result } });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request) body += String(chunk);
  return body;
}
