import { kernelBase64 } from "./bytes.js";
import "./webAssembly.js";

const PAGE = 65536;
const ALIGNMENT = 64;

type TypedArray = Uint8Array | Uint32Array | Float32Array | Float64Array | BigUint64Array;

/** What the compiled kernel (assembly/index.ts) gives: its functions, and its pointers as mutable globals. */
export interface KernelExports {
  readonly memory: WebAssembly.Memory;
  readonly runBlock: (number: number, worlds: number, seedFrom: number, seedTo: number) => void;
  readonly runSeeds: (group: number, seedFrom: number, seedTo: number) => void;
  readonly openStreams: (from: number, to: number) => void;
  readonly gatherEvents: (base: number, to: number) => void;
  readonly prepareMarginal: () => void;
  readonly runCaused: (base: number, from: number, to: number) => number;
  readonly setKey: (low: number, high: number) => void;
  readonly drawDependencies: (from: number, to: number, group: number) => void;
}

let module: WebAssembly.Module | null | undefined;

/** Compiled once; null where this engine has no WebAssembly with SIMD. */
function kernelModule(): WebAssembly.Module | null {
  if (module === undefined) {
    const bytes = Uint8Array.from(atob(kernelBase64), (letter) => letter.charCodeAt(0));
    const runs = typeof WebAssembly === "object" && WebAssembly.validate(bytes);
    module = runs ? new WebAssembly.Module(bytes) : null;
  }
  return module;
}

/** Whether this engine runs WebAssembly with SIMD. */
export function hasKernel(): boolean {
  return kernelModule() !== null;
}

/** One kernel with a memory of its own, in which pieces are laid one after the other and never freed. */
export class KernelSpace {
  readonly exports: KernelExports;
  private readonly globals: Readonly<Record<string, WebAssembly.Global | undefined>>;
  private end = PAGE;

  constructor() {
    const compiled = kernelModule();
    if (compiled === null) throw new Error("this JavaScript engine has no WebAssembly with SIMD");
    const { exports } = new WebAssembly.Instance(compiled, {
      env: {
        abort: () => {
          throw new Error("the simulation kernel stopped; this is a fault of Firebreak");
        },
      },
    });
    this.exports = exports as unknown as KernelExports;
    this.globals = exports as unknown as Record<string, WebAssembly.Global>;
  }

  /** Sets one of the kernel's globals. */
  set(name: string, value: number): void {
    const global = this.globals[name];
    if (global === undefined) throw new Error(`the kernel has no global ${name}`);
    global.value = value;
  }

  /** Reads one of the kernel's globals. */
  get(name: string): number {
    return Number(this.globals[name]?.value) >>> 0;
  }

  /** Lays zeroed bytes and points the global `name` at them. @returns their place */
  reserve(name: string, byteLength: number): number {
    const place = this.end;
    this.end = Math.ceil((place + byteLength + ALIGNMENT) / ALIGNMENT) * ALIGNMENT;
    const missing = this.end - this.exports.memory.buffer.byteLength;
    if (missing > 0) this.exports.memory.grow(Math.ceil(missing / PAGE));
    this.set(name, place);
    return place;
  }

  /** Lays a copy of an array. */
  put(name: string, array: TypedArray): void {
    const place = this.reserve(name, array.byteLength);
    new Uint8Array(this.exports.memory.buffer, place, array.byteLength).set(
      new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    );
  }

  /** The words at a global. Take them anew after `reserve` or `put`: memory may move. */
  words(name: string, count: number): Uint32Array {
    return new Uint32Array(this.exports.memory.buffer, this.get(name), count);
  }
}
