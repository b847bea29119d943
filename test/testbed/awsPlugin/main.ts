import * as provider from "@pulumi/pulumi/provider/index.js";
import { connect } from "./clients.js";
import { checkInputs, differences, plainOf } from "./inputs.js";
import type { AwsResource, Props } from "./resource.js";
import { resources } from "./resources/index.js";
import { schemaOf } from "./schema.js";
import { pulumiAwsVersion as version } from "./version.js";

const clients = connect();

/**
 * Where a resource's outputs keep its last inputs: the SDK's server hands neither these nor `ignoreChanges` to `diff`, and
 * the outputs alone would call every value that AWS has changed since, an ignored one too, a change of the program.
 */
const inputsKey = "__inputs";

function inputsIn(olds: Props): Props {
  return (plainOf(olds)[inputsKey] ?? {}) as Props;
}

function resourceOf(urn: string): AwsResource {
  const type = urn.split("::")[2]?.split("$").pop();
  const found = resources.find((r) => r.type === type);
  if (found !== undefined) return found;
  throw new Error(`${type}: the stand-in for tests has only ${resources.map((r) => r.type).join(", ")}`);
}

await provider.main(
  {
    version,
    schema: JSON.stringify(schemaOf(version, resources)),
    async check(urn: string, _olds: Props, news: Props) {
      return { inputs: news, failures: checkInputs(resourceOf(urn), plainOf(news)) };
    },
    async diff(_id: string, urn: string, olds: Props, news: Props) {
      const resource = resourceOf(urn);
      const changed = differences(resource, inputsIn(olds), plainOf(news));
      const replaces = changed.filter((name) => resource.properties[name]?.replaces === true);
      return { changes: changed.length > 0, replaces, deleteBeforeReplace: replaces.length > 0 };
    },
    async create(urn: string, inputs: Props) {
      const name = urn.split("::").slice(3).join("::");
      const { id, outs } = await resourceOf(urn).create(plainOf(inputs), clients, name);
      return { id, outs: { ...plainOf(inputs), ...outs, [inputsKey]: inputs } };
    },
    async read(id: string, urn: string, props: Props = {}) {
      const found = await resourceOf(urn).read(id, plainOf(props), clients);
      return found === null ? { id: "", props: {} } : { id, props: { ...props, ...found } };
    },
    async update(id: string, urn: string, olds: Props, news: Props) {
      const resource = resourceOf(urn);
      const [before, after] = [inputsIn(olds), plainOf(news)];
      const outs = await resource.update(id, after, differences(resource, before, after), before, clients);
      return { outs: { ...kept(resource, plainOf(olds)), ...after, ...outs, [inputsKey]: news } };
    },
    async delete(id: string, urn: string, props: Props) {
      await resourceOf(urn).delete(id, plainOf(props), clients);
    },
  },
  process.argv.slice(2),
);

/** What AWS alone tells, and what it chose where the program says nothing. */
function kept({ properties }: AwsResource, before: Props): Props {
  const told = ([name]: [string, unknown]) => properties[name] === undefined || properties[name].chosenByAws === true;
  return Object.fromEntries(Object.entries(before).filter(told));
}
