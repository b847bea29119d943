import { workerData } from "node:worker_threads";
import workerpool from "workerpool";
import type { CompiledTopology } from "./compile.js";
import { tasksOf } from "./tasks.js";

// The topology comes with the thread, once, and not with every task.
workerpool.worker(tasksOf(workerData as CompiledTopology, (count) => workerpool.workerEmit(count)));
