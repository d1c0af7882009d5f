// biome-ignore-all lint: declarations follow the APIs that they describe
/** Copies data, its cycles and shared parts. What `transfer` names is copied like the rest. */
declare function structuredClone<Value>(value: Value, options?: { transfer?: readonly unknown[] }): Value
