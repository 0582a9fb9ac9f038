/** Tells WebAssembly's backend where its files are; in Node it finds them beside itself. */
export function locateWasm(_setFolder: (folder: string) => void): void {}
