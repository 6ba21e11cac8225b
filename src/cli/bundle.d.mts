/** Bundles into `folder`, with the paths that the entries have in the project. Rejects with what the compiler says. */
export function bundle(folder: string): Promise<void>;
